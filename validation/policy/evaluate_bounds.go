package policy

import (
	"fmt"

	"sluice/validation"
)

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

func (e *evaluation) setting(p *compiledPolicy, rule string, s validation.SettingChange, message string) {
	e.report(func() validation.Denial {
		return validation.Denial{
			Policies: []string{p.Name}, Rule: rule, Action: validation.ExceedBounds, Format: s.Format,
			Field: s.Field, Value: s.Text, Message: message, Position: s.Position,
		}
	})
}
