package preview

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"sluice/validation"
)

// FlowsPatch is a JSON merge patch that turns the lists of a stored Network into those that a file asks
// for. It has null for what the file removes.
func FlowsPatch(stored, wanted validation.Value) (map[string]any, error) {
	flows, err := mergePatch(stored, wanted)
	if err != nil {
		return nil, fmt.Errorf("spec.exportNetworkFlows: %w", err)
	}
	return map[string]any{"spec": map[string]any{"exportNetworkFlows": flows}}, nil
}

// mergePatch is RFC 7386, the other way around.
func mergePatch(from, to validation.Value) (any, error) {
	switch to.Kind {
	case validation.Absent, validation.Null:
		return nil, nil
	case validation.Bool, validation.Number:
		return json.RawMessage(to.Text), nil
	case validation.String:
		return to.Text, nil
	case validation.LongString:
		return nil, errors.New("has " + to.Kind.String())
	case validation.List:
		items := make([]any, 0, len(to.Items))
		for i, item := range to.Items {
			plain, err := mergePatch(validation.Value{}, item)
			if err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
			items = append(items, plain)
		}
		if to.More > 0 {
			return nil, fmt.Errorf("has %d items too many", to.More)
		}
		return items, nil
	case validation.Map:
	}
	patch := map[string]any{}
	for _, m := range from.Members {
		patch[m.Key] = nil
	}
	for _, m := range to.Members {
		member, err := mergePatch(from.Get(m.Key), m.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", strings.TrimSpace(m.Key), err)
		}
		patch[m.Key] = member
	}
	return patch, nil
}
