;; The hot loops of the visual path, four output pixels at a time; sampleKernel.ts calls them. `npm run wasm` compiles them.
;; Places in a plane of bytes are whole numbers of 1/65536 pixel. Floats are written in groups of four: up to three more than
;; asked for behind the last one of a line.
(module
  (memory (import "frames" "memory") 1)

  ;; `rows` lines of `count` floats at `out`, `line` bytes apart: the sum of `nu * nv` bilinear samples of a plane at `src`,
  ;; times `scale`, plus `shift`, within 0..255. The first sample of the first pixel lies at (x, y), the next pixel's (ux, uy)
  ;; further, that of the next line (vx, vy). Outside of the plane, whose last pixel is at (right, bottom), its edge is repeated.
  (func (export "sample")
    (param $src i32) (param $stride i32) (param $right i32) (param $bottom i32)
    (param $x f64) (param $y f64) (param $ux f64) (param $uy f64) (param $vx f64) (param $vy f64)
    (param $nu i32) (param $nv i32) (param $count i32) (param $rows i32)
    (param $scale f32) (param $shift f32) (param $out i32) (param $line i32)
    ;; Places of the pixels (0, 1) and (2, 3) of a group.
    (local $xa v128) (local $xb v128) (local $ya v128) (local $yb v128)
    ;; Of all four: the first sample of a row of samples, the sample at hand, held inside of the plane.
    (local $px v128) (local $py v128) (local $sx v128) (local $sy v128) (local $cx v128) (local $cy v128)
    ;; From one sample to the next, and from one row of samples to the next.
    (local $sux v128) (local $suy v128) (local $svx v128) (local $svy v128)
    (local $at v128) (local $pairs v128) (local $left v128) (local $upper v128) (local $xf v128) (local $sum v128)
    (local $i i32) (local $j i32) (local $to i32) (local $end i32)
    (local.set $sux (i32x4.splat (i32.trunc_sat_f64_s (f64.nearest
      (f64.div (local.get $ux) (f64.convert_i32_s (local.get $nu)))))))
    (local.set $suy (i32x4.splat (i32.trunc_sat_f64_s (f64.nearest
      (f64.div (local.get $uy) (f64.convert_i32_s (local.get $nu)))))))
    (local.set $svx (i32x4.splat (i32.trunc_sat_f64_s (f64.nearest
      (f64.div (local.get $vx) (f64.convert_i32_s (local.get $nv)))))))
    (local.set $svy (i32x4.splat (i32.trunc_sat_f64_s (f64.nearest
      (f64.div (local.get $vy) (f64.convert_i32_s (local.get $nv)))))))
    (loop $lines
      (local.set $xa (f64x2.replace_lane 1 (f64x2.splat (local.get $x)) (f64.add (local.get $x) (local.get $ux))))
      (local.set $ya (f64x2.replace_lane 1 (f64x2.splat (local.get $y)) (f64.add (local.get $y) (local.get $uy))))
      (local.set $xb (f64x2.add (local.get $xa) (f64x2.splat (f64.mul (f64.const 2) (local.get $ux)))))
      (local.set $yb (f64x2.add (local.get $ya) (f64x2.splat (f64.mul (f64.const 2) (local.get $uy)))))
      (local.set $to (local.get $out))
      (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
      (loop $pixels
        (local.set $px (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
          (i32x4.trunc_sat_f64x2_s_zero (local.get $xa)) (i32x4.trunc_sat_f64x2_s_zero (local.get $xb))))
        (local.set $py (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
          (i32x4.trunc_sat_f64x2_s_zero (local.get $ya)) (i32x4.trunc_sat_f64x2_s_zero (local.get $yb))))
        (local.set $sum (v128.const i32x4 0 0 0 0))
        (local.set $j (local.get $nv))
        (loop $down
          (local.set $sx (local.get $px))
          (local.set $sy (local.get $py))
          (local.set $i (local.get $nu))
          (loop $across
            (local.set $cx (i32x4.min_s (i32x4.splat (local.get $right))
              (i32x4.max_s (v128.const i32x4 0 0 0 0) (local.get $sx))))
            (local.set $cy (i32x4.min_s (i32x4.splat (local.get $bottom))
              (i32x4.max_s (v128.const i32x4 0 0 0 0) (local.get $sy))))
            (local.set $at (i32x4.add
              (i32x4.add (i32x4.shr_u (local.get $cx) (i32.const 16)) (i32x4.splat (local.get $src)))
              (i32x4.mul (i32x4.shr_u (local.get $cy) (i32.const 16)) (i32x4.splat (local.get $stride)))))
            (local.set $xf (f32x4.mul (f32x4.splat (f32.const 0x1p-16)) (f32x4.convert_i32x4_s
              (v128.and (local.get $cx) (v128.const i32x4 65535 65535 65535 65535)))))
            ;; Two neighbours of a row are one load.
            (local.set $pairs (v128.load16_lane 6 (i32x4.extract_lane 3 (local.get $at))
              (v128.load16_lane 4 (i32x4.extract_lane 2 (local.get $at))
              (v128.load16_lane 2 (i32x4.extract_lane 1 (local.get $at))
              (v128.load16_lane 0 (i32x4.extract_lane 0 (local.get $at)) (v128.const i32x4 0 0 0 0))))))
            (local.set $left (f32x4.convert_i32x4_s
              (v128.and (local.get $pairs) (v128.const i32x4 255 255 255 255))))
            (local.set $upper (f32x4.add (local.get $left) (f32x4.mul (local.get $xf)
              (f32x4.sub (f32x4.convert_i32x4_s (i32x4.shr_u (local.get $pairs) (i32.const 8))) (local.get $left)))))
            (local.set $at (i32x4.add (local.get $at) (i32x4.splat (local.get $stride))))
            (local.set $pairs (v128.load16_lane 6 (i32x4.extract_lane 3 (local.get $at))
              (v128.load16_lane 4 (i32x4.extract_lane 2 (local.get $at))
              (v128.load16_lane 2 (i32x4.extract_lane 1 (local.get $at))
              (v128.load16_lane 0 (i32x4.extract_lane 0 (local.get $at)) (v128.const i32x4 0 0 0 0))))))
            (local.set $left (f32x4.convert_i32x4_s
              (v128.and (local.get $pairs) (v128.const i32x4 255 255 255 255))))
            (local.set $sum (f32x4.add (local.get $sum) (f32x4.add (local.get $upper)
              (f32x4.mul
                (f32x4.mul (f32x4.splat (f32.const 0x1p-16)) (f32x4.convert_i32x4_s
                  (v128.and (local.get $cy) (v128.const i32x4 65535 65535 65535 65535))))
                (f32x4.sub
                  (f32x4.add (local.get $left) (f32x4.mul (local.get $xf)
                    (f32x4.sub (f32x4.convert_i32x4_s (i32x4.shr_u (local.get $pairs) (i32.const 8))) (local.get $left))))
                  (local.get $upper))))))
            (local.set $sx (i32x4.add (local.get $sx) (local.get $sux)))
            (local.set $sy (i32x4.add (local.get $sy) (local.get $suy)))
            (br_if $across (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
          (local.set $px (i32x4.add (local.get $px) (local.get $svx)))
          (local.set $py (i32x4.add (local.get $py) (local.get $svy)))
          (br_if $down (local.tee $j (i32.sub (local.get $j) (i32.const 1)))))
        (v128.store (local.get $to) (f32x4.pmin (f32x4.splat (f32.const 255)) (f32x4.pmax (f32x4.splat (f32.const 0))
          (f32x4.add (f32x4.mul (local.get $sum) (f32x4.splat (local.get $scale))) (f32x4.splat (local.get $shift))))))
        (local.set $xa (f64x2.add (local.get $xa) (f64x2.splat (f64.mul (f64.const 4) (local.get $ux)))))
        (local.set $xb (f64x2.add (local.get $xb) (f64x2.splat (f64.mul (f64.const 4) (local.get $ux)))))
        (local.set $ya (f64x2.add (local.get $ya) (f64x2.splat (f64.mul (f64.const 4) (local.get $uy)))))
        (local.set $yb (f64x2.add (local.get $yb) (f64x2.splat (f64.mul (f64.const 4) (local.get $uy)))))
        (br_if $pixels (i32.lt_u (local.tee $to (i32.add (local.get $to) (i32.const 16))) (local.get $end))))
      (local.set $x (f64.add (local.get $x) (local.get $vx)))
      (local.set $y (f64.add (local.get $y) (local.get $vy)))
      (local.set $out (i32.add (local.get $out) (local.get $line)))
      (br_if $lines (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; The same where each output pixel covers `nu * nu` whole pixels of the plane, `nu` being 1 or 2, and the first lies at `src`.
  ;; In groups of eight.
  (func (export "whole")
    (param $src i32) (param $stride i32) (param $nu i32) (param $count i32) (param $rows i32)
    (param $scale f32) (param $shift f32) (param $out i32) (param $line i32)
    (local $from i32) (local $to i32) (local $end i32) (local $sum v128)
    (loop $lines
      (local.set $from (local.get $src))
      (local.set $to (local.get $out))
      (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
      (loop $pixels
        (if (i32.eq (local.get $nu) (i32.const 1))
          (then (local.set $sum (v128.load8x8_u (local.get $from))))
          (else (local.set $sum (i16x8.add
            (i16x8.extadd_pairwise_i8x16_u (v128.load (local.get $from)))
            (i16x8.extadd_pairwise_i8x16_u (v128.load (i32.add (local.get $from) (local.get $stride))))))))
        (v128.store (local.get $to) (f32x4.pmin (f32x4.splat (f32.const 255)) (f32x4.pmax (f32x4.splat (f32.const 0))
          (f32x4.add (f32x4.splat (local.get $shift)) (f32x4.mul (f32x4.splat (local.get $scale))
            (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (local.get $sum))))))))
        (v128.store offset=16 (local.get $to) (f32x4.pmin (f32x4.splat (f32.const 255)) (f32x4.pmax (f32x4.splat (f32.const 0))
          (f32x4.add (f32x4.splat (local.get $shift)) (f32x4.mul (f32x4.splat (local.get $scale))
            (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (local.get $sum))))))))
        (local.set $from (i32.add (local.get $from) (i32.shl (local.get $nu) (i32.const 3))))
        (br_if $pixels (i32.lt_u (local.tee $to (i32.add (local.get $to) (i32.const 32))) (local.get $end))))
      (local.set $src (i32.add (local.get $src) (i32.mul (local.get $nu) (local.get $stride))))
      (local.set $out (i32.add (local.get $out) (local.get $line)))
      (br_if $lines (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; Turns `count` floats each of Y', Cb and Cr into R, G and B, 0..255, in place.
  (func (export "rgb")
    (param $y i32) (param $u i32) (param $v i32) (param $count i32)
    (param $black f32) (param $luma f32) (param $redV f32) (param $greenU f32) (param $greenV f32) (param $blueU f32)
    (local $end i32) (local $grey v128) (local $cb v128) (local $cr v128)
    (local.set $end (i32.add (local.get $y) (i32.shl (local.get $count) (i32.const 2))))
    (loop $pixels
      (local.set $grey (f32x4.mul (f32x4.splat (local.get $luma))
        (f32x4.sub (v128.load (local.get $y)) (f32x4.splat (local.get $black)))))
      (local.set $cb (f32x4.sub (v128.load (local.get $u)) (f32x4.splat (f32.const 128))))
      (local.set $cr (f32x4.sub (v128.load (local.get $v)) (f32x4.splat (f32.const 128))))
      (v128.store (local.get $y) (f32x4.pmin (f32x4.splat (f32.const 255)) (f32x4.pmax (f32x4.splat (f32.const 0))
        (f32x4.add (local.get $grey) (f32x4.mul (f32x4.splat (local.get $redV)) (local.get $cr))))))
      (v128.store (local.get $u) (f32x4.pmin (f32x4.splat (f32.const 255)) (f32x4.pmax (f32x4.splat (f32.const 0))
        (f32x4.sub (local.get $grey) (f32x4.add
          (f32x4.mul (f32x4.splat (local.get $greenU)) (local.get $cb))
          (f32x4.mul (f32x4.splat (local.get $greenV)) (local.get $cr)))))))
      (v128.store (local.get $v) (f32x4.pmin (f32x4.splat (f32.const 255)) (f32x4.pmax (f32x4.splat (f32.const 0))
        (f32x4.add (local.get $grey) (f32x4.mul (f32x4.splat (local.get $blueU)) (local.get $cb))))))
      (local.set $u (i32.add (local.get $u) (i32.const 16)))
      (local.set $v (i32.add (local.get $v) (i32.const 16)))
      (br_if $pixels (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 16))) (local.get $end))))))
