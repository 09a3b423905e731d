package ovs

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"sluice/validation"
)

// ReadArguments are the arguments of ovs-vsctl, after the options that say which database,
// for one consistent read of everything that a plan needs. "list" of a whole table never
// fails for want of a row.
func ReadArguments() []string {
	return []string{
		"--format=json",
		"--", "--columns=_uuid,name,external_ids,netflow,sflow,ipfix", "list", "Bridge",
		"--", "list", "NetFlow",
		"--", "list", "sFlow",
		"--", "list", "IPFIX",
		"--", "list", "Flow_Sample_Collector_Set",
		"--", "--columns=next_cfg,cur_cfg,ovs_version", "list", "Open_vSwitch",
	}
}

// ParseState reads what ovs-vsctl printed for ReadArguments. It picks the bridge by name. schema is
// that of the server. If columns are hidden, ReadHidden has to follow.
func ParseState(output []byte, schema Schema, bridge string) (State, error) {
	tables, err := parseTables(output)
	if err != nil {
		return State{}, fmt.Errorf("what ovs-vsctl printed: %w", err)
	}
	if len(tables) != 6 {
		return State{}, fmt.Errorf("what ovs-vsctl printed: %d tables instead of 6", len(tables))
	}
	s := State{Rows: map[UUID]Row{}, schema: schema, elsewhere: map[UUID]int{}}
	for _, part := range []struct {
		name string
		read func() error
	}{
		{"Bridge", func() error { return s.readBridges(tables[0], bridge) }},
		{"NetFlow", func() error { return s.readExporters(tables[1], validation.NetFlow) }},
		{"sFlow", func() error { return s.readExporters(tables[2], validation.SFlow) }},
		{"IPFIX", func() error { return s.readExporters(tables[3], validation.IPFIX) }},
		{"Flow_Sample_Collector_Set", func() error { return s.readCollectorSets(tables[4]) }},
		{"Open_vSwitch", func() error { return s.readRoot(tables[5]) }},
	} {
		if err := part.read(); err != nil {
			return State{}, fmt.Errorf("table %s: %w", part.name, err)
		}
	}
	s.Share(s.elsewhere)
	return s, nil
}

func parseTables(output []byte) ([]table, error) {
	var tables []table
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var t table
		err := decoder.Decode(&t)
		if errors.Is(err, io.EOF) {
			return tables, nil
		}
		if err != nil {
			return nil, fmt.Errorf("table %d: %w", len(tables)+1, err)
		}
		tables = append(tables, t)
	}
}

func (s *State) readBridges(t table, name string) error {
	rows, err := t.rows()
	if err != nil {
		return err
	}
	for _, r := range rows {
		b := Bridge{}
		var id string
		var ids map[string]string
		if err := r.read(cell{"_uuid", &id, required}, cell{"name", &b.Name, required}, cell{"external_ids", &ids, mayBeNone}); err != nil {
			return err
		}
		b.UUID = UUID(id)
		for _, f := range validation.Formats() {
			var ref string
			if err := r.read(cell{columnOf(f), &ref, mayBeNone}); err != nil {
				return err
			}
			b.Export[f] = UUID(ref)
		}
		if text, ok := ids[LastAppliedKey]; ok {
			b.LastApplied, b.HasLastApplied = ParseLastApplied(text), true
		}
		if b.Name == name {
			s.Bridge = &b
			continue
		}
		for _, id := range b.Export {
			s.elsewhere[id]++
		}
	}
	return nil
}

func (s *State) readExporters(t table, f validation.Format) error {
	s.Hidden[f] = hiddenColumns(s.schema, f, t.Headings)
	rows, err := t.rows()
	if err != nil {
		return err
	}
	for _, r := range rows {
		exporter := Exporter{Format: f, Settings: Settings{}}
		var id string
		if err := r.read(cell{"_uuid", &id, required}, cell{"targets", &exporter.Targets, mayBeNone}); err != nil {
			return err
		}
		for _, c := range ColumnsOf(f) {
			if err := r.readSetting(c, exporter.Settings); err != nil {
				return err
			}
		}
		s.Rows[UUID(id)] = Row{UUID: UUID(id), Exporter: exporter}
	}
	return nil
}

func (s *State) readCollectorSets(t table) error {
	rows, err := t.rows()
	if err != nil {
		return err
	}
	for _, r := range rows {
		var id, number, bridge, ipfix string
		var ids map[string]string
		if err := r.read(
			cell{"_uuid", &id, required}, cell{"id", &number, required}, cell{"bridge", &bridge, required},
			cell{"ipfix", &ipfix, mayBeNone}, cell{"external_ids", &ids, mayBeNone},
		); err != nil {
			return err
		}
		n, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return fmt.Errorf("column id: %w", err)
		}
		_, ours := ids[DropsKey]
		s.CollectorSets = append(s.CollectorSets, CollectorSet{UUID: UUID(id), ID: uint32(n), Bridge: UUID(bridge), IPFIX: UUID(ipfix), Ours: ours})
	}
	slices.SortFunc(s.CollectorSets, func(a, b CollectorSet) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.UUID, b.UUID))
	})
	return nil
}

func (s *State) readRoot(t table) error {
	rows, err := t.rows()
	if err != nil {
		return err
	}
	if len(rows) != 1 {
		return fmt.Errorf("%d rows instead of 1; is the database initialized?", len(rows))
	}
	var next, current string
	if err := rows[0].read(cell{"next_cfg", &next, mayMiss}, cell{"cur_cfg", &current, mayMiss}, cell{"ovs_version", &s.Version, mayMiss}); err != nil {
		return err
	}
	var errNext, errCurrent error
	s.NextConfig, errNext = strconv.ParseInt(next, 10, 64)
	s.CurrentConfig, errCurrent = strconv.ParseInt(current, 10, 64)
	return errors.Join(errNext, errCurrent)
}
