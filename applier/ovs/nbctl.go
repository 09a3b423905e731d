package ovs

import (
	"errors"
	"fmt"
	"strconv"
)

// The options of OVN's NB_Global that make ovn-northd sample what logical flows drop
// (ovn-nb(5), since OVN 23.03).
const (
	optionDropCollectorSet = "debug_drop_collector_set"
	optionDropDomain       = "debug_drop_domain_id"
)

// Northbound is what OVN's northbound database says about the sampling of drops.
type Northbound struct {
	CollectorSet, Domain string
	// AppDomain is the ID of the Sampling_App of type drop. It overrides Domain. It is empty if
	// there is none, or if OVN is older than 24.09 and has no such table.
	AppDomain string
	// Ours says that Sluice set it.
	Ours bool
}

// NorthboundReadArguments are the arguments of ovn-nbctl that read it.
func NorthboundReadArguments() []string {
	return []string{"--format=json", "--columns=options,external_ids", "list", "NB_Global"}
}

// ParseNorthbound reads what ovn-nbctl printed for NorthboundReadArguments.
func ParseNorthbound(output []byte) (Northbound, error) {
	tables, err := parseTables(output)
	if err != nil {
		return Northbound{}, fmt.Errorf("what ovn-nbctl printed: %w", err)
	}
	if len(tables) != 1 {
		return Northbound{}, fmt.Errorf("what ovn-nbctl printed: %d tables instead of 1", len(tables))
	}
	rows, err := tables[0].rows()
	if err != nil || len(rows) != 1 {
		return Northbound{}, errors.Join(fmt.Errorf("table NB_Global: %d rows instead of 1", len(rows)), err)
	}
	var options, ids map[string]string
	if err := rows[0].read(cell{"options", &options, mayBeNone}, cell{"external_ids", &ids, mayBeNone}); err != nil {
		return Northbound{}, fmt.Errorf("table NB_Global: %w", err)
	}
	_, ours := ids[DropsKey]
	return Northbound{CollectorSet: options[optionDropCollectorSet], Domain: options[optionDropDomain], Ours: ours}, nil
}

// NorthboundArguments are the arguments of ovn-nbctl that make OVN sample drops as desired; nil
// for no sampling. They are nil if nothing has to change. Options that another writer set are
// an error if they conflict, and are otherwise not changed.
func NorthboundArguments(want *Drops, now Northbound) ([]string, error) {
	set := now.CollectorSet != "" || now.Domain != ""
	if want == nil {
		if !now.Ours {
			return nil, nil
		}
		return []string{
			"--", "remove", "NB_Global", ".", "options", optionDropCollectorSet, optionDropDomain,
			"--", "remove", "NB_Global", ".", "external_ids", quote(DropsKey),
		}, nil
	}
	id, domain := strconv.FormatUint(uint64(want.CollectorSet), 10), strconv.FormatUint(uint64(want.Domain), 10)
	if now.CollectorSet == id && now.Domain == domain {
		return nil, nil
	}
	if set && !now.Ours {
		return nil, &TakenError{
			What: fmt.Sprintf("OVN already samples dropped packets for another user: NB_Global options %s=%s %s=%s", optionDropCollectorSet, now.CollectorSet, optionDropDomain, now.Domain),
			Fix:  "remove these options, or remove drops from the FlowExportProfile",
		}
	}
	return []string{
		"--", "set", "NB_Global", ".", "options:" + optionDropCollectorSet + "=" + id, "options:" + optionDropDomain + "=" + domain,
		"external_ids:" + quote(DropsKey) + "=true",
	}, nil
}
