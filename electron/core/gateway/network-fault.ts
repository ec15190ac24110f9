/**
 * Why nothing came of an exchange with a destination; what a person can do about it is chosen by this and not by words.
 * `denied`: a rule refuses it. `forbidden`: its name leads where nobody is let, or to another address than the one that was checked.
 * `dns`: its name has no address. `refused`: nothing listens there. `timeout`: no answer in time. `unreachable`: no way there.
 * `proxy`: this computer's proxy did not connect. `certificate`: not trusted. `wrong-certificate`: another host's.
 * `tls`: no secure connection for another reason. `cut`: ended before it answered. `answer`: an answer that cannot be passed on.
 */
export type NetworkFault = DialFault | "denied" | "certificate" | "wrong-certificate" | "tls" | "cut" | "answer";

/** Those that come before a connection stands. */
export type DialFault = "forbidden" | "dns" | "refused" | "timeout" | "unreachable" | "proxy";
