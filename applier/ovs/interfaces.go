package ovs

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Interface is a row of table Interface.
type Interface struct {
	Row  UUID
	Name string
	// Index is the kernel's number of the interface; 0 if it has none, or if ovs-vswitchd has not written
	// it yet.
	Index uint32
	// ID is the external ID iface-id of a pod's port, which names the pod; empty for others.
	ID string
}

// InterfaceColumns are the columns that make an Interface.
func InterfaceColumns() []string { return []string{"name", "ifindex", "external_ids"} }

// Interfaces is the table Interface, as a watch tells it.
type Interfaces struct{ rows map[UUID]Interface }

// Update takes in a table-updates value (RFC 7047, 4.1.6): all rows at first, and then those that change.
func (t *Interfaces) Update(updates json.RawMessage) error {
	var tables struct {
		Interface map[UUID]struct {
			New *struct {
				Name        string          `json:"name"`
				Index       json.RawMessage `json:"ifindex"`
				ExternalIDs json.RawMessage `json:"external_ids"`
			} `json:"new"`
		} `json:"Interface"`
	}
	if err := json.Unmarshal(updates, &tables); err != nil {
		return fmt.Errorf("the table Interface: %w", err)
	}
	if t.rows == nil {
		t.rows = map[UUID]Interface{}
	}
	for row, u := range tables.Interface {
		if u.New == nil {
			delete(t.rows, row)
			continue
		}
		i := Interface{Row: row, Name: u.New.Name}
		// A set that is empty is no number.
		if err := json.Unmarshal(u.New.Index, &i.Index); err != nil {
			i.Index = 0
		}
		ids, err := externalIDs(u.New.ExternalIDs)
		if err != nil {
			return fmt.Errorf("the table Interface: external_ids of %s: %w", i.Name, err)
		}
		// OVN-Kubernetes' CNI plugin gives these to ports of pods. Management ports of user-defined networks
		// have an iface-id that looks like a pod's, such as k8s-cluster_udn_NAME_NODE, and not the others.
		if ids["sandbox"] != "" && ids["iface-id-ver"] != "" {
			i.ID = ids["iface-id"]
		}
		t.rows[row] = i
	}
	return nil
}

// externalIDs reads a map of texts (RFC 7047, 5.1).
func externalIDs(text json.RawMessage) (map[string]string, error) {
	var kind string
	var pairs [][2]string
	if err := json.Unmarshal(text, &[]any{&kind, &pairs}); err != nil {
		return nil, fmt.Errorf("read a map: %w", err)
	}
	values := make(map[string]string, len(pairs))
	for _, p := range pairs {
		values[p[0]] = p[1]
	}
	return values, nil
}

// List lists the interfaces by row.
func (t *Interfaces) List() []Interface {
	list := make([]Interface, 0, len(t.rows))
	for _, row := range slices.Sorted(maps.Keys(t.rows)) {
		list = append(list, t.rows[row])
	}
	return list
}
