using MailOps.Bench;

// The parts of the bench that PowerShell is too slow for, each a verb. The scripts beside this project call them.
return args switch
{
    ["smtpserver", var folder] => await PackageServer.RunAsync(folder),
    ["discard"] => await DiscardServers.RunOursAsync(),
    ["smtpserver-discard"] => await DiscardServers.RunPackageAsync(),
    ["mailops", var folder] => await MailOpsServer.RunAsync(folder),
    ["maildir", var folder, var count, var length, "mail"] => MaildirMaker.Make(folder, int.Parse(count, null), int.Parse(length, null), MailText.Write),
    ["maildir", var folder, var count, var length] => MaildirMaker.Make(folder, int.Parse(count, null), int.Parse(length, null)),
    ["tracking", var store, var rows] => TrackingMaker.Make(store, int.Parse(rows, null)),
    ["journal", var file, var count, var batch] => await JournalBench.RunAsync(file, int.Parse(count, null), int.Parse(batch, null)),
    ["floor", var folder, var seconds] => MailOps.Bench.Store.Floor.Run(folder, double.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture)),
    ["spool", var folder, var count, var domains, var length] => await SpoolMaker.RunAsync(folder, int.Parse(count, null), int.Parse(domains, null), int.Parse(length, null)),
    ["store", .. var rest] => await MailOps.Bench.Store.StoreBench.RunAsync(rest),
    ["memory", var root, var count] => await MailOps.Bench.Store.MemoryBench.RunAsync(root, int.Parse(count, null)),
    ["digest", var root, var count, var length, var runs] => await MailOps.Bench.Store.DigestBench.RunAsync(root, int.Parse(count, null), int.Parse(length, null), int.Parse(runs, null)),
    ["read", var mode, var port, var user, var count] => await Reader.RunAsync(mode, int.Parse(port, null), user, int.Parse(count, null), 0),
    ["read", var mode, var port, var user, var count, var seconds] => await Reader.RunAsync(mode, int.Parse(port, null), user, int.Parse(count, null), int.Parse(seconds, null)),
    ["slow-line", var port, var milliseconds, var bandwidth] => await SlowLine.RunAsync(int.Parse(port, null), double.Parse(milliseconds, System.Globalization.CultureInfo.InvariantCulture), double.Parse(bandwidth, System.Globalization.CultureInfo.InvariantCulture) is > 0 and var octets ? octets : double.PositiveInfinity),
    ["idle", var port, var count, var tls] => await IdleClients.RunAsync(int.Parse(port, null), int.Parse(count, null), tls == "tls"),
    ["imap-load", var mode, var port, var clients, var seconds] => await ImapLoad.RunAsync(mode, int.Parse(port, null), int.Parse(clients, null), int.Parse(seconds, null)),
    ["imap-append", var mode, var port, var count, var length] => await ImapLoad.AppendAsync(int.Parse(port, null), int.Parse(count, null), int.Parse(length, null), mode == "together"),
    ["imap-idle", var port, var count] => await ImapLoad.IdleAsync(int.Parse(port, null), int.Parse(count, null)),
    ["soak", var ports, var store, var sessions, var seconds, var seed] => await Soak.RunAsync(ports, store, int.Parse(sessions, null), int.Parse(seconds, null), int.Parse(seed, null)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        smtpserver FOLDER                    the SmtpServer package, one synced file per message; prints its port, ends with standard input
        discard, smtpserver-discard          MailOps' SMTP, and the package, over a store that keeps nothing; prints its port, ends with standard input
        mailops FOLDER                       MailOps without PowerShell around it, for profiles; prints its ports (SMTP, IMAP), ends with standard input
        maildir FOLDER COUNT LENGTH [mail]   makes a Maildir of COUNT messages; with mail of text and an attachment, which are compressed as those of people are
        tracking STORE ROWS                  makes the tracking log of a store, of the last 30 days
        journal FILE COUNT BATCH             what the journal of a copy of COUNT messages costs, BATCH noted at once
        floor FOLDER SECONDS                 what the disk gives by itself: messages per second, each synced, synced in groups, not synced
        spool FOLDER COUNT DOMAINS LENGTH    queues COUNT messages to DOMAINS domains in a store at rest
        store [FOLDER [COUNT [WRITERS]]]     the Maildir store alone beside a sync per message; opening of folders
        memory FOLDER COUNT                  octets of memory that one session on a folder of COUNT messages costs
        digest FOLDER COUNT LENGTH RUNS      what lists and searches need of COUNT messages, from the files and from the cache
        slow-line PORT MILLISECONDS OCTETS   a line to a port on which a round trip takes so long, and over which go so many octets a second each way (0: any number); prints its port, for each line of input its connections, turns and octets, ends with standard input or an empty line
        idle PORT COUNT plain|tls            opens COUNT clients that do nothing; for each line of input prints the milliseconds that one more waits for its greeting
        imap-load logins|mixed PORT CLIENTS SECONDS  what CLIENTS of IMAP do at once, each with an account of its own; prints logins or commands per second
        imap-append one|together PORT COUNT LENGTH   appends COUNT messages, each by itself or all in one APPEND; prints messages per second
        imap-idle PORT COUNT                 opens COUNT clients in IDLE; for each line of input prints the milliseconds until all were told of a new message
        soak PORTS STORE SESSIONS SECONDS SEED  good and hostile clients on the ports of SMTP, LMTP, POP3 and IMAP (with commas), then what the store lacks
        read MODE PORT USER COUNT [SECONDS]  reads COUNT messages, in sessions one after the other for SECONDS, prints messages per second
                                             in the last session; MODE: pop3, pop3-pipelined, imap, imap-select, imap-flags, imap-range, imap-envelopes, imap-structures, imap-subject
        """);
    return 2;
}
