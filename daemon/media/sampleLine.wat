;; The hot loop of the visual path, four output pixels at a time; sampleKernel.ts calls it. `npm run wasm` compiles it.
(module
  (memory (import "frames" "memory") 1)
  ;; Adds to `count` floats at `out` (rounded up to a multiple of four) the sum of `nu` bilinear samples each of a plane of
  ;; bytes at `src`. The first sample lies at (x, y); the next pixel's is (pixelX, pixelY) further, the next sample of a
  ;; pixel (stepX, stepY).
  (func (export "line")
    (param $src i32) (param $stride i32) (param $x f64) (param $y f64)
    (param $pixelX f64) (param $pixelY f64) (param $stepX f64) (param $stepY f64)
    (param $nu i32) (param $count i32) (param $out i32)
    ;; Positions of the pixels (0, 1) and (2, 3) of a group, and of the sample at hand.
    (local $xa v128) (local $xb v128) (local $ya v128) (local $yb v128)
    (local $sxa v128) (local $sxb v128) (local $sya v128) (local $syb v128)
    ;; Whole and broken parts.
    (local $ia v128) (local $ib v128) (local $xi v128) (local $yi v128) (local $xf v128) (local $yf v128)
    (local $at v128) (local $pairs v128) (local $left v128) (local $upper v128) (local $lower v128) (local $sum v128)
    (local $i i32) (local $end i32)
    (local.set $xa (f64x2.replace_lane 1 (f64x2.splat (local.get $x)) (f64.add (local.get $x) (local.get $pixelX))))
    (local.set $ya (f64x2.replace_lane 1 (f64x2.splat (local.get $y)) (f64.add (local.get $y) (local.get $pixelY))))
    (local.set $xb (f64x2.add (local.get $xa) (f64x2.splat (f64.mul (f64.const 2) (local.get $pixelX)))))
    (local.set $yb (f64x2.add (local.get $ya) (f64x2.splat (f64.mul (f64.const 2) (local.get $pixelY)))))
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (loop $pixels
      (local.set $sxa (local.get $xa))
      (local.set $sxb (local.get $xb))
      (local.set $sya (local.get $ya))
      (local.set $syb (local.get $yb))
      (local.set $sum (v128.load (local.get $out)))
      (local.set $i (local.get $nu))
      (loop $samples
        (local.set $xi (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
          (local.tee $ia (i32x4.trunc_sat_f64x2_s_zero (local.get $sxa)))
          (local.tee $ib (i32x4.trunc_sat_f64x2_s_zero (local.get $sxb)))))
        (local.set $xf (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
          (f32x4.demote_f64x2_zero (f64x2.sub (local.get $sxa) (f64x2.convert_low_i32x4_s (local.get $ia))))
          (f32x4.demote_f64x2_zero (f64x2.sub (local.get $sxb) (f64x2.convert_low_i32x4_s (local.get $ib))))))
        (local.set $yi (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
          (local.tee $ia (i32x4.trunc_sat_f64x2_s_zero (local.get $sya)))
          (local.tee $ib (i32x4.trunc_sat_f64x2_s_zero (local.get $syb)))))
        (local.set $yf (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
          (f32x4.demote_f64x2_zero (f64x2.sub (local.get $sya) (f64x2.convert_low_i32x4_s (local.get $ia))))
          (f32x4.demote_f64x2_zero (f64x2.sub (local.get $syb) (f64x2.convert_low_i32x4_s (local.get $ib))))))
        (local.set $at (i32x4.add
          (i32x4.add (local.get $xi) (i32x4.splat (local.get $src)))
          (i32x4.mul (local.get $yi) (i32x4.splat (local.get $stride)))))
        ;; Two neighbours of a row are one load.
        (local.set $pairs (v128.load16_lane 6
          (i32x4.extract_lane 3 (local.get $at))
          (v128.load16_lane 4
          (i32x4.extract_lane 2 (local.get $at))
          (v128.load16_lane 2
          (i32x4.extract_lane 1 (local.get $at))
          (v128.load16_lane 0
          (i32x4.extract_lane 0 (local.get $at))
          (v128.const i32x4 0 0 0 0))))))
        (local.set $left (f32x4.convert_i32x4_s (v128.and (local.get $pairs) (v128.const i32x4 255 255 255 255))))
        (local.set $upper (f32x4.add (local.get $left) (f32x4.mul (local.get $xf)
          (f32x4.sub (f32x4.convert_i32x4_s (i32x4.shr_u (local.get $pairs) (i32.const 8))) (local.get $left)))))
        (local.set $at (i32x4.add (local.get $at) (i32x4.splat (local.get $stride))))
        (local.set $pairs (v128.load16_lane 6
          (i32x4.extract_lane 3 (local.get $at))
          (v128.load16_lane 4
          (i32x4.extract_lane 2 (local.get $at))
          (v128.load16_lane 2
          (i32x4.extract_lane 1 (local.get $at))
          (v128.load16_lane 0
          (i32x4.extract_lane 0 (local.get $at))
          (v128.const i32x4 0 0 0 0))))))
        (local.set $left (f32x4.convert_i32x4_s (v128.and (local.get $pairs) (v128.const i32x4 255 255 255 255))))
        (local.set $lower (f32x4.add (local.get $left) (f32x4.mul (local.get $xf)
          (f32x4.sub (f32x4.convert_i32x4_s (i32x4.shr_u (local.get $pairs) (i32.const 8))) (local.get $left)))))
        (local.set $sum (f32x4.add (local.get $sum) (f32x4.add (local.get $upper)
          (f32x4.mul (local.get $yf) (f32x4.sub (local.get $lower) (local.get $upper))))))
        (local.set $sxa (f64x2.add (local.get $sxa) (f64x2.splat (local.get $stepX))))
        (local.set $sxb (f64x2.add (local.get $sxb) (f64x2.splat (local.get $stepX))))
        (local.set $sya (f64x2.add (local.get $sya) (f64x2.splat (local.get $stepY))))
        (local.set $syb (f64x2.add (local.get $syb) (f64x2.splat (local.get $stepY))))
        (br_if $samples (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (v128.store (local.get $out) (local.get $sum))
      (local.set $xa (f64x2.add (local.get $xa) (f64x2.splat (f64.mul (f64.const 4) (local.get $pixelX)))))
      (local.set $xb (f64x2.add (local.get $xb) (f64x2.splat (f64.mul (f64.const 4) (local.get $pixelX)))))
      (local.set $ya (f64x2.add (local.get $ya) (f64x2.splat (f64.mul (f64.const 4) (local.get $pixelY)))))
      (local.set $yb (f64x2.add (local.get $yb) (f64x2.splat (f64.mul (f64.const 4) (local.get $pixelY)))))
      (br_if $pixels (i32.lt_u (local.tee $out (i32.add (local.get $out) (i32.const 16))) (local.get $end))))))
