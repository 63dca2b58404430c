/**
 * How a head stands in its picture: the picture is `zoom` face squares wide, its middle lies `lift` of one above the face's
 * (models/recipes/avatar_draw.py, ZOOM and LIFT).
 */
export const zoom = 1.6;
export const lift = 0.16;
