package main

import (
	"bytes"
	"fmt"
	"image/color"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// bar is one bar of a chart, with the row of the results that it shows.
type bar struct {
	label, row string
	baseline   bool
}

// chart is a chart with horizontal bars, the first one at the top.
type chart struct {
	file, title, axis string
	logarithmic       bool
	bars              []bar
}

// charts are all plots.
func charts() []chart {
	const converged, through = "1,000 agents on one API server: patch → all converged", "packets a second through the userspace datapath, "
	return []chart{
		{
			"applier-latency.svg", "From a change of the lists to Open vSwitch", "milliseconds, logarithmic", true,
			[]bar{
				{"bare ovs-vsctl transaction", "patch sent → OVS record changed, p50 / one bare ovs-vsctl transaction, p50", true},
				{"one node, p50", "patch sent → OVS record changed, p50 / one bare ovs-vsctl transaction, p50", false},
				{"one node, p99", "the same, p99 (bare: p99)", false},
				{"repair after the hold-down, p50", "a foreign clear repaired, after the hold-down of 1 s: p50 (worst)", false},
				{"1,000 nodes: all have applied it", converged, false},
				{"1,000 nodes: all reports are stored", "the same: until all reports are stored", false},
			},
		},
		{
			"applier-datapath.svg", "Throughput of the userspace datapath with export", "packets per second", false,
			[]bar{
				{"no export", through + "NetFlow / none", true},
				{"NetFlow", through + "NetFlow / none", false},
				{"sFlow, 1 in 400", through + "sFlow 1/400 / none", false},
				{"IPFIX, 1 in 400", through + "IPFIX 1/400 / none", false},
				{"IPFIX, every packet", through + "IPFIX 1/1 / none", false},
				{"after removal", through + "after removal / none", false},
			},
		},
	}
}

// values reads the results of the bars, from the bottom to the top.
func (c chart) values(rows map[string]row) (plotter.Values, []string, error) {
	var values plotter.Values
	var labels []string
	for i := len(c.bars) - 1; i >= 0; i-- {
		b := c.bars[i]
		r, ok := rows[b.row]
		if !ok {
			return nil, nil, fmt.Errorf("the results have no row %q", b.row)
		}
		cell := r.sluice
		if b.baseline {
			cell = r.baseline
		}
		value, err := number(cell)
		if err != nil {
			return nil, nil, fmt.Errorf("row %q: %w", b.row, err)
		}
		values = append(values, value)
		labels = append(labels, b.label)
	}
	return values, labels, nil
}

// svg draws the chart.
func (c chart) svg(rows map[string]row) ([]byte, error) {
	values, labels, err := c.values(rows)
	if err != nil {
		return nil, err
	}
	plot.DefaultFont.Variant, plotter.DefaultFont.Variant = "Sans", "Sans" // Arial has the same widths
	p := plot.New()
	p.Title.Text, p.X.Label.Text = c.title, c.axis
	if c.logarithmic {
		p.X.Min, p.X.Scale, p.X.Tick.Marker = 1, plot.LogScale{}, plot.LogTicks{Prec: -1}
	} else {
		p.X.Min = 0
	}
	bars := horizontal{values: values, from: p.X.Min, color: color.RGBA{0x2a, 0x6f, 0xbb, 0xff}}
	marks, err := plotter.NewLabels(plotter.XYLabels{XYs: bars.ends(), Labels: texts(values)})
	if err != nil {
		return nil, fmt.Errorf("label the bars: %w", err)
	}
	marks.Offset = vg.Point{X: vg.Points(4), Y: -vg.Points(4)}
	p.Add(bars, marks)
	p.X.Max *= 1.15
	if c.logarithmic {
		p.X.Max *= 2
	}
	p.NominalY(labels...)
	p.Y.Padding = vg.Points(24) // other fonts are wider
	p.Title.Padding = vg.Points(8)
	writer, err := p.WriterTo(17*vg.Centimeter, 8*vg.Centimeter, "svg")
	if err != nil {
		return nil, fmt.Errorf("draw: %w", err)
	}
	var out bytes.Buffer
	if _, err := writer.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("write SVG: %w", err)
	}
	return out.Bytes(), nil
}

func texts(values plotter.Values) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = strconv.FormatFloat(v, 'f', -1, 64)
	}
	return list
}
