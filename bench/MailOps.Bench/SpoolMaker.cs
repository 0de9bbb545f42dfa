using System.Globalization;
using System.Text;
using MailOps.Maildir;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Spooling;

namespace MailOps.Bench;

/// <summary>Fills the spool of a store that is at rest, as a server leaves it that could reach nobody.</summary>
internal static class SpoolMaker
{
    internal static async Task<int> RunAsync(string folder, int count, int domains, int length)
    {
        await using var store = new MaildirStore(folder, new MaildirStoreOptions());
        using var spool = await Spool.OpenAsync(store);
        var clock = TimeProvider.System;
        var line = new string('x', 70) + "\r\n";
        var content = new StringBuilder("From: <a@example.com>\r\nSubject: queued\r\n\r\n");
        while (content.Length < length)
            content.Append(line);
        var message = Encoding.ASCII.GetBytes(content.ToString());
        for (var i = 0; i < count; i++)
        {
            var domain = string.Create(CultureInfo.InvariantCulture, $"d{i % domains}.example");
            var now = clock.GetUtcNow();
            var envelope = new Envelope
            {
                Sender = "a@example.com",
                Recipients = [new EnvelopeRecipient { Address = string.Create(CultureInfo.InvariantCulture, $"u{i}@{domain}"), NextHop = domain }],
                Expires = now.AddDays(5),
                Subject = "queued",
                MessageId = string.Create(CultureInfo.InvariantCulture, $"<{i}@example.com>"),
            };
            var name = new SpoolName(QueueId.Next(clock), now, message.Length, 0, domain);
            File.WriteAllBytes(Path.Join(spool.Path, name.Shard, name.ToString()), [.. message, .. SpoolText.Begin(envelope)]);
        }

        return 0;
    }
}
