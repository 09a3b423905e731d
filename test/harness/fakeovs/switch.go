// Package fakeovs is an Open vSwitch with only its database, for tests of many agents or of the calls of
// an agent.
package fakeovs

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"sluice/applier/ovs"
	"sluice/validation"
)

// Switch is an agent.OpenVSwitch and an agent.Vswitchd.
type Switch struct {
	mu      sync.Mutex
	state   ovs.State
	next    uint64
	reads   int
	writes  int
	changes chan struct{}
}

// New is a Switch with a state, such as ovs.ParseState read from a real one.
func New(state ovs.State) *Switch { return &Switch{state: state, changes: make(chan struct{}, 1)} }

// Changes returns a channel that receives a value after a change.
func (s *Switch) Changes() <-chan struct{} { return s.changes }

// Calls are the numbers of reads and of transactions so far.
func (s *Switch) Calls() (reads, writes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads, s.writes
}

// Read returns the stored state.
func (s *Switch) Read(context.Context) (ovs.State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	return s.state, nil
}

// Write executes a plan like ovs-vsctl. It fails without a change if the state is not the one that the
// plan is for.
func (s *Switch) Write(_ context.Context, plan ovs.Plan) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if !s.apply(plan, true) {
		return errors.New("transaction error: the state is not as expected")
	}
	return nil
}

// Tamper changes the state as another writer, and notifies the agent if told is true.
func (s *Switch) Tamper(desired ovs.Desired, told bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	plan, err := ovs.NewPlan(desired, s.state)
	if err != nil {
		return fmt.Errorf("tamper: %w", err)
	}
	plan.WriteLastApplied = false
	if !s.apply(plan, told) {
		return errors.New("tamper: nothing changed")
	}
	return nil
}

func (s *Switch) apply(plan ovs.Plan, told bool) bool {
	before := s.state.NextConfig
	s.state = Apply(s.state, plan, func() ovs.UUID {
		s.next++
		return ovs.UUID(fmt.Sprintf("%036d", s.next))
	})
	if s.state.NextConfig == before {
		return false
	}
	if !told {
		return true
	}
	select {
	case s.changes <- struct{}{}:
	default:
	}
	return true
}

// Exports reports whether a format is exported to a target.
func (s *Switch) Exports(f validation.Format, target string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, ok := s.state.Export(f)
	return ok && slices.Contains(row.Exporter.Targets, target)
}

// Wake does nothing.
func (s *Switch) Wake(context.Context) error { return nil }

// Restart does nothing.
func (s *Switch) Restart(context.Context, ovs.Bridge, ovs.Row) error { return nil }

// Reopen does nothing.
func (s *Switch) Reopen(context.Context, ovs.Bridge, ovs.Row) error { return nil }

// ReadNorthbound returns an empty state.
func (s *Switch) ReadNorthbound(context.Context) (ovs.Northbound, error) {
	return ovs.Northbound{}, nil
}

// WriteNorthbound does nothing.
func (s *Switch) WriteNorthbound(context.Context, []string) error { return nil }

// Passed fails: there is no traffic.
func (s *Switch) Passed(context.Context) (uint64, error) {
	return 0, errors.New("no packets are simulated")
}

// IPFIXStatistics are zero.
func (s *Switch) IPFIXStatistics(context.Context) (ovs.IPFIXStatistics, error) {
	return ovs.IPFIXStatistics{}, nil
}

// Datapath is idle.
func (s *Switch) Datapath(context.Context) (ovs.FlowTable, ovs.Lookups, error) {
	return ovs.FlowTable{Limit: 200000}, ovs.Lookups{}, nil
}

// Answers reports that ovs-vswitchd is alive.
func (s *Switch) Answers(context.Context, time.Duration) error { return nil }

// Sockets returns one socket for each target.
func (s *Switch) Sockets() (ovs.Sockets, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := ovs.Sockets{}
	for _, row := range s.state.Rows {
		for _, t := range row.Exporter.Targets {
			if parsed, err := netip.ParseAddrPort(t); err == nil {
				open[parsed] = ovs.Seen{Own: true}
			}
		}
	}
	return open, nil
}

// Remake removes the bridge with all that it has, and makes it again, in one transaction.
func (s *Switch) Remake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Bridge = &ovs.Bridge{UUID: "bridge-again", Name: s.state.Bridge.Name}
	s.state.Rows = map[ovs.UUID]ovs.Row{}
	s.state.NextConfig++
	s.state.CurrentConfig = s.state.NextConfig
	select {
	case s.changes <- struct{}{}:
	default:
	}
}
