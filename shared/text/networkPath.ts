/**
 * Whether a path names a server (`\\server\share`, `//server/share`, `\\?\UNC\...`). Windows signs in there as soon as the path
 * is looked at, with the user's own name and a hash of the password: a path that stands in a file is never looked at then.
 */
export const isNetworkPath = (path: string): boolean => /^[\\/]{2}/.test(path.trimStart());
