package hub_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/broker"
)

// reserved is every form of the server's own subjects, as its source has them,
// with what there is at this hub in the places of their arguments; and the
// subjects of the hub's own streams.
func reserved() []string {
	subjects := []string{
		"$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.PING", "$SYS.REQ.ACCOUNT.NSUBS", "$SYS.REQ.ACCOUNT.PING.CONNZ", "$SYS.REQ.ACCOUNT.PING.STATZ",
		"$SYS.REQ.USER.INFO", "$SYS.REQ.USER.AUTH", "$SYS.REQ.CLAIMS.LIST", "$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.CLAIMS.DELETE", "$SYS.REQ.CLAIMS.PACK",
		"$SYS.DEBUG.SUBSCRIBERS", "$SYS.ACCOUNT.CLIENT.AUTH.ERR", "$SYS.SERVER.ACCOUNT.HUB.CONNS", "$SYS._INBOX.x.y", "$SYS._INBOX_.x", "$SYS.LATENCY.M2.x",
		"$SYS.JSC.STREAM.ASSIGNMENT.RESULT", "$SYS.JSC.STREAM.ASSIGNMENT.RECONCILE", "$SYS.JSC.CONSUMER.ASSIGNMENT.CREATE",
		"$SYS.JSC.CONSUMER.ASSIGNMENT.DELETE", "$SYS.JSC.CONSUMER.ASSIGNMENT.RESULT", "$SYS.JSC.CONSUMER.ASSIGNMENT.RECONCILE",
		"$SRV.PING", "$SRV.INFO", "$SRV.STATS", "$SRV.PING.relay", "$SRV.INFO.relay", "$SRV.STATS.relay", "$SRV.PING.registry", "$SRV.INFO.registry", "$SRV.STATS.registry",
		"$NRG.V.x", "$NRG.AE.x", "$NRG.P.x", "$NRG.RP.x", "$NRG.CR.x", "$NRG.R.x", "$NRG.CP.x", "$JSC.ACK", "$JSC.SYNC", "$JSC.R.x.x.x.x", "$LDS.x", "$GR.x", "_GR_.x.x.x",
		"$MQTT.msgs.x", "$MQTT.sub.x", "$MQTT.rmsgs.x", "$MQTT.pubrel.x", "$MQTT.JSA.x.SC.1", "$KV.mail0.x", "$O.mail0.C.x", "_R_.x", "_R_.x.y.z",
	}
	for _, what := range []string{"IDZ", "STATSZ", "VARZ", "SUBSZ", "CONNZ", "ROUTEZ", "GATEWAYZ", "LEAFZ", "ACCOUNTZ", "JSZ", "HEALTHZ", "PROFILEZ", "EXPVARZ", "IPQUEUESZ", "RAFTZ"} {
		subjects = append(subjects, "$SYS.REQ.SERVER.PING."+what, "$SYS.REQ.SERVER.x."+what)
	}
	for _, what := range []string{"KICK", "LDM", "RELOAD"} {
		subjects = append(subjects, "$SYS.REQ.SERVER.x."+what)
	}
	for _, what := range []string{"LAMEDUCK", "SHUTDOWN", "STATSZ", "CLIENT.AUTH.ERR", "OCSP.PEER.CONN.REJECT", "OCSP.PEER.LINK.INVALID"} {
		subjects = append(subjects, "$SYS.SERVER.x."+what)
	}
	for _, account := range []string{"SYS", "HUB", "MEMBERS"} {
		for _, what := range []string{"SUBSZ", "CONNZ", "LEAFZ", "JSZ", "INFO", "STATZ", "CONNS", "CLAIMS.LOOKUP", "CLAIMS.UPDATE"} {
			subjects = append(subjects, "$SYS.REQ.ACCOUNT."+account+"."+what)
		}
		for _, what := range []string{"CLAIMS.UPDATE", "CONNECT", "DISCONNECT", "LEAFNODE.CONNECT", "SERVER.CONNS"} {
			subjects = append(subjects, "$SYS.ACCOUNT."+account+"."+what)
		}
	}
	for _, verb := range []string{
		"INFO", "STREAM.NAMES", "STREAM.LIST", "ACCOUNT.PURGE.HUB", "ACCOUNT.STREAM.MOVE.HUB.mail0", "ACCOUNT.STREAM.CANCEL_MOVE.HUB.mail0",
		"META.LEADER.STEPDOWN", "META.RESCUE", "SERVER.REMOVE", "SERVER.EVACUATE",
	} {
		subjects = append(subjects, "$JS.API."+verb)
	}
	for _, stream := range []string{"mail0", "mail1", "mail2", "mail3", "registry"} {
		for _, verb := range []string{
			"STREAM.CREATE", "STREAM.UPDATE", "STREAM.INFO", "STREAM.DELETE", "STREAM.PURGE", "STREAM.MSG.GET", "STREAM.MSG.DELETE",
			"STREAM.SNAPSHOT", "STREAM.RESTORE", "STREAM.LEADER.STEPDOWN", "STREAM.PEER.REMOVE", "STREAM.PEER.EVACUATE", "STREAM.CANCEL_MOVE",
			"CONSUMER.NAMES", "CONSUMER.LIST", "CONSUMER.CREATE", "DIRECT.GET",
		} {
			subjects = append(subjects, "$JS.API."+verb+"."+stream)
		}
		for _, verb := range []string{
			"CONSUMER.CREATE", "CONSUMER.DURABLE.CREATE", "CONSUMER.INFO", "CONSUMER.DELETE", "CONSUMER.PAUSE", "CONSUMER.RESET", "CONSUMER.UNPIN",
			"CONSUMER.MSG.NEXT", "CONSUMER.LEADER.STEPDOWN", "CONSUMER.PEER.REMOVE", "CONSUMER.PEER.EVACUATE", "DIRECT.GET",
		} {
			subjects = append(subjects, "$JS.API."+verb+"."+stream+".x")
		}
		subjects = append(subjects, "$JS.ACK."+stream+".x.1.1.1.1.0", "$JS.FC."+stream+".x.y", "$JS.SNAPSHOT.ACK."+stream+".x", "$JS.SNAPSHOT.RESTORE."+stream+".x",
			"$JS.EVENT.ADVISORY.STREAM.DELETED."+stream, "$JS.EVENT.ADVISORY.CONSUMER.CREATED."+stream+".x", "$JS.EVENT.METRIC.CONSUMER.ACK."+stream+".x")
	}
	for shard := range 4 {
		subjects = append(subjects, fmt.Sprintf("mail.%d.x.8192.y", shard))
	}
	return append(subjects, "registry.keys.x.1")
}

// broad is every way to name many, and nobody in particular.
func broad() []string {
	return []string{
		">", "*", "*.>", "*.*", "*.*.*", "*.*.*.*", "*.*.*.*.*", "posada.>", "posada.*.>", "posada.v1.>", "posada.v1.*.*", "posada.v1.*.>", "posada.v1.submit.*",
		"posada.v1.submit.>", "posada.v1.collect.*", "posada.v1.collect.>", "posada.v1.recall.*", "posada.v1.sync.*", "posada.v1.inbox.>", "posada.v1.inbox.*",
		"posada.v1.inbox.*.bell", "posada.v1.inbox.*.*", "posada.v1.inbox.*.>", "_INBOX.>", "_INBOX.*", "_R_.>", "_R_.*", "_R_.*.*", "$JS.>", "$JS.API.>", "$JS.ACK.>",
		"$JS.EVENT.>", "$JS.EVENT.ADVISORY.>", "$JS.EVENT.METRIC.>", "$SYS.>", "$SYS.ACCOUNT.>", "$SYS.REQ.>", "$SYS.SERVER.>", "$SRV.>", "$G.>", "$KV.>", "$O.>", "$MQTT.>",
		"$NRG.>", "$JSC.>", "$LDS.>", "$GR.>", "_GR_.>", "mail.>", "mail.0.>", "mail.*.*.*.*", "registry.>", "registry.keys.>", "registry.keys.*.*", "posada.nothing", "a",
	}
}

// naming is every way we know to name one member: by its route, its mailbox,
// its id or its connection key, in whatever is addressed by one of them here;
// and near to it, with own beside it.
func naming(of, own member) []string {
	r, o := string(broker.RouteOf(string(of.agency.ID))), string(broker.RouteOf(string(own.agency.ID)))
	box, id, key := of.agency.Mailbox.String(), string(of.agency.ID), of.connection
	var list []string
	for _, verb := range []string{"submit", "collect", "recall", "sync", "inbox"} {
		s := "posada.v1." + verb + "."
		list = append(list,
			s+r, s+r+".>", s+r+".*", s+r+".x", s+r+".bell", s+o+"."+r, s+o+"-"+r, s+r+"."+o, s+r+".x.y", s+strings.ToUpper(r), s+id, s+box, s+key, s+r+"x", s+r[:25])
	}
	list = append(list,
		"posada.v1.*."+r, "posada.*.submit."+r, "*.v1.submit."+r, "*.*.*."+r, "posada.v1.*."+r+".>", "posada.*.inbox."+r+".>", "*.*.inbox."+r+".>", "*.*.*."+r+".>",
		"posada.v1.*."+r+".bell", "*.*.*."+r+".bell", "POSADA.v1.submit."+r, "posada.v2.submit."+r, "posada."+r, r, "*."+r, r+".>",
		"_INBOX."+r, "_INBOX."+r+".x", "_INBOX."+r+".>", "_R_."+r, "_R_."+r+".x", "$SRV.INFO.relay."+r, "$KV."+r+".x", "$MQTT.sub."+r,
		"$SYS.ACCOUNT."+r+".CONNECT", "$SYS.ACCOUNT."+key+".DISCONNECT", "$SYS.REQ.USER."+key+".INFO", "$SYS.REQ.ACCOUNT."+r+".CONNZ",
		"registry.keys."+id+".1", "registry.keys."+id+".*", "registry.keys."+id+".>", "$JS.API.DIRECT.GET.registry.registry.keys."+id+".1",
		"mail.*."+box+".*.*", "mail.*."+box+".>", "mail.>."+box,
	)
	for shard := range 4 {
		s := fmt.Sprintf("mail%d", shard)
		mail := fmt.Sprintf("mail.%d.%s", shard, box)
		list = append(list, mail+".8192.x", mail+".*.*", mail+".>", "$JS.API.DIRECT.GET."+s+"."+mail+".8192.x", "$JS.API.CONSUMER.CREATE."+s+"."+r+"."+mail+".>",
			"$JS.API.CONSUMER.DURABLE.CREATE."+s+"."+r, "$JS.API.CONSUMER.MSG.NEXT."+s+"."+r, "$JS.API.CONSUMER.DELETE."+s+"."+r, "$JS.ACK."+s+"."+r+".1.1.1.1.0",
			"$JS.EVENT.ADVISORY.CONSUMER.CREATED."+s+"."+r)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// intended is all that a member may do, said here once more and in other words
// than the policy's.
func intended(own member, verb, subject string) bool {
	r := string(broker.RouteOf(string(own.agency.ID)))
	if verb == "SUB" {
		return strings.HasPrefix(subject, "posada.v1.inbox."+r+".")
	}
	return slices.Contains(permitted(r), subject)
}

// permitted is what a member may publish to.
func permitted(route string) []string {
	return []string{broker.SubmitPrefix + route, broker.CollectPrefix + route, broker.RecallPrefix + route, broker.SyncPrefix + route}
}
