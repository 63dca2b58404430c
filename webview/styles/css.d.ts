/** esbuild collects these into one style sheet. */
declare module "*.css";
