package enforcement

import (
	"cmp"
	"fmt"
	"strings"

	"sluice/validation"
)

// maxEventMessage is the size of a message in bytes. The API group events.k8s.io bounds it to
// 1024; client-go puts a prefix before the message of an Event that summarizes similar ones.
const maxEventMessage = 1024 - len("(combined from similar events): ")

// maxResource is the size of the object's name in a message. The API server validates names only
// after the mutating webhooks.
const maxResource = len("configmaps/") + 253

// eventMessage says what a policy denied. A list that is too long is cut and says how many
// denials it leaves out. With incomplete, the list that was passed lacks denials already.
func eventMessage(user, resource string, denials []validation.Denial, incomplete bool) string {
	const room = len("; and at least 1000000 more") // the longest end
	resource = strings.ToValidUTF8(resource[:min(len(resource), maxResource)], "")
	message := fmt.Sprintf("Denied %s changing %s: ", validation.Quote(user), resource)
	for i, d := range denials {
		separator := "; "
		if i == 0 {
			separator = ""
		}
		part := separator + deniedAction(d)
		if i > 0 && len(message)+len(part) > maxEventMessage-room {
			return message + leftOut(len(denials)-i, incomplete)
		}
		message += part
	}
	if incomplete {
		message += leftOut(0, true)
	}
	return message
}

func leftOut(n int, incomplete bool) string {
	switch {
	case n == 0:
		return "; the list may be incomplete"
	case incomplete:
		return fmt.Sprintf("; and at least %d more", n)
	}
	return fmt.Sprintf("; and %d more", n)
}

// deniedAction says what is not allowed, and by which rule of the policy.
func deniedAction(d validation.Denial) string {
	collector := strings.TrimSpace(d.Format.String() + " " + d.Value)
	switch d.Action {
	case validation.AddCollector:
		return fmt.Sprintf("may not add %s (%s)", collector, ruleText(d.Rule))
	case validation.RemoveCollector:
		return fmt.Sprintf("may not remove %s (%s)", collector, ruleText(d.Rule))
	case validation.OmitCollector:
		return fmt.Sprintf("must include %s (%s)", collector, ruleText(d.Rule))
	case validation.ExceedLimit:
		return fmt.Sprintf("may not have this many %s collectors (%s)", d.Format, ruleText(d.Rule))
	case validation.ExceedBounds:
		return fmt.Sprintf("may not change %s of %s to %s (%s)", d.Field, d.Format, cmp.Or(d.Value, "the default"), ruleText(d.Rule))
	case validation.ExceedQuota:
		return fmt.Sprintf("may not have this many FlowExports in %s (%s)", d.Value, ruleText(d.Rule))
	case validation.AddOwner:
		return fmt.Sprintf("may not add an owner reference (%s)", d.Rule)
	case validation.StopExport:
		return fmt.Sprintf("may not stop %s by %s: %s (%s)", d.Format, d.Field, d.Value, ruleText(d.Rule))
	}
	return fmt.Sprintf("%s (%s)", collector, ruleText(d.Rule))
}

// ruleText names the rule of a denial for people. Denials of allow rules name no single rule.
func ruleText(rule string) string {
	switch rule {
	case "allow", "removal":
		return "no allow rule matches"
	case "fault":
		return "the policy is invalid"
	}
	return rule
}
