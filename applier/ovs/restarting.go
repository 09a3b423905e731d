package ovs

import "slices"

// RestartArguments are the arguments of ovs-vsctl for two transactions that make ovs-vswitchd start the
// exporter of a row again, so that it sends its templates to all targets with the next record: one takes the
// targets away, and the other restores them. ovs-vsctl waits until ovs-vswitchd has applied each.
func RestartArguments(bridge Bridge, row Row) [][]string {
	table, id := TableOf(row.Exporter.Format), string(row.UUID)
	targets, between := "targets="+textSet(row.Exporter.Targets), row.Exporter
	between.Targets = nil
	return thereAndBack(bridge, row, between, targets, "targets=[]", []string{"--", "clear", table, id, "targets"}, []string{"--", "set", table, id, targets})
}

// thereAndBack are two transactions, of which the second one undoes the first, unless another program has changed the row.
// is and changed are the column before and between them. As long as the bridge's row is as between, it is noted, so that it
// is never taken for another program's, whatever keeps the second one from being executed. A collector set's row needs no
// note: Sluice knows its sets, and writes them at once.
func thereAndBack(bridge Bridge, row Row, between Exporter, is, changed string, change, restore []string) [][]string {
	wait := []string{"--", "wait-until", TableOf(row.Exporter.Format), string(row.UUID)}
	there, back := append(slices.Clone(wait), is), append(slices.Clone(wait), changed)
	there, back = append(there, change...), append(back, restore...)
	if f := row.Exporter.Format; bridge.Export[f] == row.UUID {
		note := bridge.LastApplied
		note[f].Interim = ""
		back = append(back, note.arguments(bridge.Name)...)
		note[f].Interim = between.Hash()
		there = append(there, note.arguments(bridge.Name)...)
	}
	return [][]string{there, back}
}
