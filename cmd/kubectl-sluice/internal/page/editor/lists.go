package editor

import (
	"encoding/json"
	"fmt"
	"strings"

	"sluice/validation"
)

// Lists are the lines that the user typed, for each format.
type Lists struct {
	NetFlow []string `json:"netFlow"`
	SFlow   []string `json:"sFlow"`
	IPFIX   []string `json:"ipfix"`
}

// The limits of what is evaluated. They are above what the CRD can store.
const (
	maxLines, maxLine = 100, 1000
)

func (l Lists) of(f validation.Format) []string {
	return map[validation.Format][]string{validation.NetFlow: l.NetFlow, validation.SFlow: l.SFlow, validation.IPFIX: l.IPFIX}[f]
}

// Check refuses lists that are too long to evaluate.
func (l Lists) Check() error {
	for _, f := range validation.Formats() {
		if n := len(l.of(f)); n > maxLines {
			return fmt.Errorf("%s has %d lines; at most %d are evaluated", f, n, maxLines)
		}
		for i, line := range l.of(f) {
			if len(line) > maxLine {
				return fmt.Errorf("line %d of %s has %d characters; at most %d are evaluated", i+1, f, len(line), maxLine)
			}
		}
	}
	return nil
}

// flows is the value of spec.exportNetworkFlows; nil if nothing is to be exported.
func (l Lists) flows() map[string]any {
	flows := map[string]any{}
	for _, f := range validation.Formats() {
		if lines := l.of(f); len(lines) > 0 {
			list := make([]any, len(lines))
			for i, line := range lines {
				list[i] = line
			}
			flows[f.Field()] = map[string]any{"collectors": list}
		}
	}
	if len(flows) == 0 {
		return nil
	}
	return flows
}

// patch is the merge patch from any stored lists to these.
func (l Lists) patch() map[string]any {
	flows := l.flows()
	if flows == nil {
		return map[string]any{"spec": map[string]any{"exportNetworkFlows": nil}}
	}
	for _, f := range validation.Formats() {
		if _, ok := flows[f.Field()]; !ok {
			flows[f.Field()] = nil
		}
	}
	return map[string]any{"spec": map[string]any{"exportNetworkFlows": flows}}
}

// Command is the command that makes the change.
func (l Lists) Command(program string, where []string) (string, error) {
	text, err := json.Marshal(l.patch())
	if err != nil {
		return "", fmt.Errorf("encode the patch: %w", err)
	}
	words := []string{program}
	for _, w := range where {
		words = append(words, quote(w))
	}
	words = append(words, "patch", "network.operator", validation.ClusterName, "--type=merge", "-p", quote(string(text)))
	return strings.Join(words, " "), nil
}

// quote quotes a word for a POSIX shell, if it has to be.
func quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_=./:@%+", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
