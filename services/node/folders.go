package node

import (
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/node/cases"
	"github.com/posada-exchange/posada/services/node/gateway"
)

// folders shows the gateway cases.
type folders struct{ *cases.Cases }

var _ gateway.Cases = folders{}

// Start opens a case.
func (f folders) Start(by posada.StaffID) (gateway.Folder, error) { return folder(f.Cases.Start(by)) }

// List is every case, the newest first.
func (f folders) List() ([]gateway.Folder, error) {
	list, err := f.Cases.List()
	out := make([]gateway.Folder, len(list))
	for i, l := range list {
		out[i] = gateway.Folder(l)
	}
	return out, err
}

// Exclude sees to it that an agency never has anything of a case.
func (f folders) Exclude(by posada.StaffID, label string, agency posada.AgencyID) (gateway.Folder, error) {
	return folder(f.Cases.Exclude(by, label, agency))
}

func folder(l cases.Listed, err error) (gateway.Folder, error) { return gateway.Folder(l), err }
