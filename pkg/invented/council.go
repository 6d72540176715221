package invented

import (
	"fmt"
	"io"
	"time"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// Council is the stewards of a network that is thrown away: all their keys are
// in one place, which must never be so of a real one. Three, of whom two
// decide.
type Council struct {
	Stewards []trust.Steward
	Keys     []jose.PrivateKey
	Charter  trust.Charter
	// InForce is what was published last, by role.
	InForce map[trust.Role]trust.Proposal
}

// Found makes stewards and has them found a network: the roster and the policy
// are its first. like gives the hub's online key, and whether it is practice. The stewards are
// of these agencies, and where there are too few, of some that are in no roster.
func Found(random io.Reader, s roster.Snapshot, policy []byte, like trust.Charter, now time.Time, of ...posada.AgencyID) (*Council, []trust.Proposal, error) {
	c := &Council{InForce: map[trust.Role]trust.Proposal{}}
	for i := range 3 {
		id, err := posada.NewID[posada.AgencyID](random)
		if err != nil {
			return nil, nil, err
		}
		if i < len(of) {
			id = of[i]
		}
		key, err := jose.GenerateKey(random)
		if err != nil {
			return nil, nil, err
		}
		c.Stewards, c.Keys = append(c.Stewards, trust.Steward{Agency: id, Key: key.Public()}), append(c.Keys, key)
	}
	c.Charter = trust.Charter{Network: s.Network, Practice: like.Practice, Stewards: c.Stewards, Threshold: 2, Online: like.Online}
	root, targets, err := trust.Found(c.Charter, now)
	if err != nil {
		return nil, nil, fmt.Errorf("found: %w", err)
	}
	c.InForce[trust.RoleRoot] = root
	if root, err = c.sign(root); err != nil {
		return nil, nil, err
	}
	c.InForce[trust.RoleRoot] = root
	if targets, err = c.sign(targets); err != nil {
		return nil, nil, err
	}
	c.InForce[trust.RoleTargets] = targets
	first, err := c.Roster(s, now)
	if err != nil {
		return nil, nil, err
	}
	rules, err := c.Decide(trust.RolePolicy, policy, now)
	if err != nil {
		return nil, nil, err
	}
	return c, []trust.Proposal{root, targets, first, rules}, nil
}

// Roster has enough stewards sign a roster.
func (c *Council) Roster(s roster.Snapshot, now time.Time) (trust.Proposal, error) {
	text, err := roster.Write(s)
	if err != nil {
		return trust.Proposal{}, err
	}
	return c.Decide(trust.RoleRoster, text, now)
}

// Decide has enough stewards sign the next edition of what a role is for.
func (c *Council) Decide(role trust.Role, target []byte, now time.Time) (trust.Proposal, error) {
	p, err := c.propose(role, target, now)
	if err == nil {
		p, err = c.sign(p)
	}
	if err != nil {
		return p, fmt.Errorf("decide: %w", err)
	}
	c.InForce[role] = p
	return p, nil
}

// propose proposes the next edition; of a policy that is a table, with what it comes to.
func (c *Council) propose(role trust.Role, target []byte, now time.Time) (trust.Proposal, error) {
	before := c.InForce[role]
	if role == trust.RolePolicy && before.Document != nil {
		follows, difference, err := prove.Differs(before.Target, target)
		if err == nil {
			return trust.ProposePolicy(c.root(), before.Document, target, trust.Said{Follows: follows, Difference: difference, Proof: unproved}, now)
		}
	}
	return trust.Propose(c.root(), role, before.Document, target, now)
}

// unproved stands where real stewards sign a proof: these prove nothing.
const unproved = "0000000000000000000000000000000000000000000000000000000000000000"

// Brake has one steward brake.
func (c *Council) Brake(steward int, b trust.Brake, now time.Time) (trust.Proposal, error) {
	role, err := trust.BrakeRole(c.Stewards[steward])
	if err != nil {
		return trust.Proposal{}, err
	}
	p, err := trust.ProposeBrake(c.root(), c.Stewards[steward], c.InForce[role].Document, b, now)
	if err == nil {
		p, err = trust.Sign(p, c.root(), c.Keys[steward])
	}
	if err != nil {
		return p, fmt.Errorf("brake: %w", err)
	}
	c.InForce[role] = p
	return p, nil
}

func (c *Council) root() []byte { return c.InForce[trust.RoleRoot].Document }

// sign has as many sign as must, each a copy of her own.
func (c *Council) sign(p trust.Proposal) (trust.Proposal, error) {
	all := p
	for _, key := range c.Keys[:c.Charter.Threshold] {
		signed, err := trust.Sign(p, c.root(), key)
		if err != nil {
			return p, fmt.Errorf("sign: %w", err)
		}
		if all, err = trust.Merge(c.root(), all, signed); err != nil {
			return p, fmt.Errorf("sign: %w", err)
		}
	}
	return all, nil
}
