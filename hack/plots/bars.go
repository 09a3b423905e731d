package main

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// horizontal draws bars that begin at a value, because on a logarithmic axis they cannot begin at 0.
type horizontal struct {
	values plotter.Values
	from   float64
	color  color.Color
}

// ends are the ends of the bars.
func (h horizontal) ends() plotter.XYs {
	points := make(plotter.XYs, len(h.values))
	for i, v := range h.values {
		points[i] = plotter.XY{X: v, Y: float64(i)}
	}
	return points
}

// Plot implements [plot.Plotter].
func (h horizontal) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	half := vg.Points(8)
	for i, v := range h.values {
		left, right, middle := x(h.from), x(v), y(float64(i))
		c.FillPolygon(h.color, []vg.Point{{X: left, Y: middle - half}, {X: right, Y: middle - half}, {X: right, Y: middle + half}, {X: left, Y: middle + half}})
	}
}

// DataRange implements [plot.DataRanger].
func (h horizontal) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin, xmax = h.from, h.from
	for _, v := range h.values {
		xmax = max(xmax, v)
	}
	return xmin, xmax, -0.5, float64(len(h.values)) - 0.5
}
