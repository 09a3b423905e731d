package policy

import (
	"fmt"
	"slices"

	"sluice/validation"
)

// Bounds are those of each [validation.Setting]; nil is no bound.
type Bounds [3]*Bound

func (b Bounds) any() bool { return slices.ContainsFunc(b[:], func(b *Bound) bool { return b != nil }) }

// Bound are the least and the greatest allowed value of a setting, both included.
type Bound struct {
	Min, Max int64
	// HasMin and HasMax say which of them the policy names. The other one is the end of the
	// range that Open vSwitch stores.
	HasMin, HasMax bool
}

// Holds reports whether a value is allowed.
func (b Bound) Holds(n int64) bool { return b.Min <= n && n <= b.Max }

// Worse reports whether a value is outside, and further outside than the one before. What is
// outside already may stay, or come nearer.
func (b Bound) Worse(before, after int64) bool {
	return after > b.Max && after > before || after < b.Min && after < before
}

// String says what is allowed, as part of a sentence.
func (b Bound) String() string {
	switch {
	case !b.HasMin:
		return fmt.Sprintf("at most %d", b.Max)
	case !b.HasMax:
		return fmt.Sprintf("at least %d", b.Min)
	case b.Min == b.Max:
		return fmt.Sprintf("only %d", b.Min)
	}
	return fmt.Sprintf("%d to %d", b.Min, b.Max)
}

// bounds evaluates the settings that a change changes.
func (e *evaluation) bounds(p *compiledPolicy) {
	for _, s := range e.change.Settings {
		if p.Fault != "" && s.Cause == validation.SetValue && (s.New || s.After != s.Before) {
			e.setting(p, "fault", s, fmt.Sprintf("settings cannot be changed while policy %s is invalid (%s); ask its owner to fix it", p.Name, p.Fault))
		}
		bound := p.Bounds[s.Setting]
		if bound == nil || bound.Holds(s.After) || !s.New && !bound.Worse(s.Before, s.After) {
			continue
		}
		e.setting(p, s.Setting.String(), s, s.Why()+"; the policy allows "+bound.String()+"; "+s.Remedy(bound.Nearest(s.After)))
	}
}

// Nearest is the allowed value that is nearest to n.
func (b Bound) Nearest(n int64) int64 { return min(max(n, b.Min), b.Max) }

func (e *evaluation) setting(p *compiledPolicy, rule string, s validation.SettingChange, message string) {
	e.report(func() validation.Denial {
		return validation.Denial{
			Policies: []string{p.Name}, Rule: rule, Action: validation.ExceedBounds, Format: s.Format,
			Field: s.Field, Value: s.Text, Message: message, Position: s.Position,
		}
	})
}

// delivery evaluates what stops the export to required collectors without removing them.
func (e *evaluation) delivery(p *compiledPolicy) {
	stop := e.change.Stops
	if stop == nil {
		return
	}
	for i, r := range p.Required {
		if e.change.Resource == validation.Network && !holds(e.change.Result, r) {
			continue
		}
		e.report(func() validation.Denial {
			return validation.Denial{
				Policies: []string{p.Name}, Rule: fmt.Sprintf("required[%d]", i), Action: validation.StopExport, Format: r.Format,
				Field: stop.Field, Value: stop.Text, Position: stop.Position,
				Message: stop.Why + ", but the policy requires " + r.String() + "; " + stop.Remedy,
			}
		})
	}
}
