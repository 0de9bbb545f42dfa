using System.Globalization;
using System.Text;
using MailOps.Dns;
using MailOps.Maildir;
using MailOps.Server.Connections;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Reports;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Signing;
using MailOps.Server.Queue.Spooling;
using MailOps.Server.Queue.Transport;
using MailOps.QueueWorker;

// Puts messages into a queue and sends them on until it is killed, and reports on standard output what is promised. With no writers it ends
// when the queue is empty.
// Arguments: the store's directory, a name that no worker had before, a seed, how many writers, the ports of b.example and c.example.
var (root, name) = (args[0], args[1]);
var (seed, writers) = (Number(args[2]), Number(args[3]));
var output = new Output(Console.OpenStandardOutput());
try
{
    await using var store = new MaildirStore(root);
    var spool = await Spool.OpenAsync(store);
    using var resolver = new MailResolver(new MailResolverOptions { Server = "127.0.0.1", Port = 9, Timeout = TimeSpan.FromSeconds(1) });
    var options = new QueueOptions { FirstRetry = TimeSpan.FromSeconds(1), LongestRetry = TimeSpan.FromSeconds(1), FirstBackOff = TimeSpan.FromMilliseconds(100) };
    var routes = new RouteTable(new Dictionary<string, RouteTarget> { ["b.example"] = At(args[4]), ["c.example"] = At(args[5]) }, null);
    var reports = new ReportSender(spool, "here.example", options, TimeProvider.System, sender => new(MailOps.Server.Queue.Forwarding.LocalRecipients.In(new DeliveryTarget(sender))), new OutboundSigner(root, new ServerEvents(), TimeProvider.System));
    await using var queue = new MailQueue(
        spool, routes, new MailRouter(resolver, 25, (_, _, _) => false), new TransportOptions { HostName = "here.example", Scratch = store.Environment.Scratch }, options, reports, output);
    await queue.StartAsync();
    await Task.WhenAll(Enumerable.Range(0, writers).Select(i => Task.Run(() => WriteAsync(spool, queue, i, new Random(seed + i)))));
    while (queue.Count > 0)
        await Task.Delay(50);
    output.Say("empty");
}
catch (Exception error)
{
    output.Say("error", error.ToString().ReplaceLineEndings(" | "));
    return 1;
}

return 0;

async Task WriteAsync(Spool spool, MailQueue queue, int writer, Random random)
{
    for (var i = 0; ; i++)
    {
        // Who is promised to get it: bob always, and now and then one elsewhere, one who is busy at first, one who is not there.
        List<string> recipients = ["bob@b.example"];
        foreach (var (other, often) in new[] { ("carl@c.example", 3), ("busy@c.example", 5), ("gone@c.example", 5) })
        {
            if (random.Next(often) == 0)
                recipients.Add(other);
        }

        var subject = $"{name}w{writer}n{i}";
        var envelope = new Envelope
        {
            Sender = "ann@here.example",
            Recipients = [.. recipients.Select(address => new EnvelopeRecipient { Address = address, NextHop = NextHops.Of(address) })],
            Expires = DateTimeOffset.UtcNow.AddDays(5),
        };
        await using var delivery = spool.Begin();
        delivery.Write(Encoding.UTF8.GetBytes($"Subject: {subject}\r\n\r\n{new string('x', random.Next(60_000))}\r\n"));
        var entry = await spool.AddAsync(QueueId.Next(TimeProvider.System), delivery, envelope, DateTimeOffset.UtcNow, 0, [], 0, CancellationToken.None);
        output.Say("promised", subject, string.Join(' ', recipients));
        queue.Add(entry, envelope);
        await Task.Delay(random.Next(10));
    }
}

static RouteTarget At(string port) => RouteTarget.TryParse($"[127.0.0.1]:{port}", out var target, out var error) ? target : throw new FormatException(error);

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
