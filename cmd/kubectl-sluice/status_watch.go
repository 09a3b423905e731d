package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// follow redraws a terminal; elsewhere it appends the rows that changed.
func (f statusFlags) follow(ctx context.Context, a *access, to screen, view func() status.View) error {
	last := map[string]string{}
	first := true
	return a.follow(ctx, true, func(c status.Cluster) (bool, error) {
		c, err := f.narrow(c)
		if err != nil {
			return false, err
		}
		if to.isTerminal() {
			return false, repaint(to, c, view())
		}
		if first {
			first = false
			for _, n := range c.Exports {
				last[n.Name] = rowKey(c, n)
			}
			return false, view().Write(to.out, c)
		}
		for _, n := range c.Exports {
			if key := rowKey(c, n); last[n.Name] != key {
				last[n.Name] = key
				if _, err := fmt.Fprintln(to.out, strings.ReplaceAll(view().Row(c, n), "\t", "   ")); err != nil {
					return false, err
				}
			}
		}
		return false, nil
	})
}

// repaint draws over what was drawn before, line by line, so that nothing flickers. It is as high as the
// terminal at most.
func repaint(to screen, c status.Cluster, view status.View) error {
	view.Watched = true
	view.Width, view.Height = to.size()
	var text bytes.Buffer
	if err := view.Write(&text, c); err != nil {
		return err
	}
	return to.draw(text.String())
}

// draw replaces what the terminal shows by a text that is less high, line by line.
func (s screen) draw(text string) error {
	var frame bytes.Buffer
	frame.WriteString("\x1b[H") // home
	for line := range strings.Lines(text) {
		frame.WriteString(strings.TrimSuffix(line, "\n") + "\x1b[K\n") // and clear the rest of the line
	}
	frame.WriteString("\x1b[J") // and all below
	_, err := s.out.Write(frame.Bytes())
	return err
}

// rowKey tells one state of a node's row from another, whatever the time.
func rowKey(c status.Cluster, n v1alpha1.NodeFlowExport) string { return status.View{}.Row(c, n) }
