package node

import (
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/policy"
)

// Tables are the network's table as stewards signed it. Until this node heard of any it
// runs the one that ships with the rules.
func (n known) Tables() (out client.PolicyTables, err error) {
	running, waiting := n.stewards.Tables()
	if len(running) == 0 {
		if running, _, err = pdp.ReadMatrix(policy.Files); err != nil {
			return out, err
		}
	}
	if out.Running, err = signedTable(running); err != nil || len(waiting) == 0 {
		return out, err
	}
	next, err := signedTable(waiting)
	k := n.stewards.Knowledge()
	next.From, _ = k.Policy.Due(k.View.Practice)
	out.Waiting = &next
	return out, err
}

func signedTable(text []byte) (client.PolicyTable, error) {
	version, err := pdp.MatrixVersion(text)
	return client.PolicyTable{Version: version, Text: string(text)}, err
}
