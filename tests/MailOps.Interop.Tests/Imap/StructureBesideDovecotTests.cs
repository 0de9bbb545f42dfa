using System.Text;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Imap;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Imap;

public sealed class StructureBesideDovecotTests
{
    // Where the two differ, and why. MimeKit decides what is a part; the rest is ours.
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["malformed/000.eml"] = "A boundary inside a header that no empty line ended: a field to MimeKit, a boundary to Dovecot.",
        ["malformed/004.eml"] = "A line that only begins like the boundary is none to MimeKit.",
        ["malformed/007.eml"] = "As 000.",
        ["malformed/016.eml"] = "As 004, with boundaries that begin like each other.",
        ["malformed/017.eml"] = "A Content-Type without its semicolon: Dovecot gives up and tells two empty strings.",
        ["malformed/019.eml"] = "Two Date fields: the first counts here, the last there.",
        ["malformed/022.eml"] = "A message without an empty line: the line end before the boundary is the boundary's (RFC 2046 section 5.1.1).",
        ["rfc/001.eml"] = "An address without domain has an empty host here, MISSING_DOMAIN there. NIL would make it a group.",
        ["rfc/002.eml"] = "A comment inside a display name stays in it.",
        ["rfc/004.eml"] = "As 001.",
        ["rfc/008.eml"] = "An encoded message/rfc822: Dovecot counts the boundary's line end as well.",
        ["rfc/009.eml"] = "A From without an address: nobody here, MISSING_MAILBOX there.",
    };

    [Fact]
    public async Task Envelopes_and_structures_are_those_that_Dovecot_tells_but_for_what_is_explained()
    {
        var samples = SampleMail.All();
        await using var dovecot = await Dovecot.StartAsync();
        await using var server = await TestServer.StartAsync();
        var theirs = await FetchAsync(dovecot.Port, samples);
        var ours = await FetchAsync(server.Port(MailProtocol.Imap), samples);
        Assert.Equal(samples.Count, ours.Count);
        var differences = new StringBuilder();
        for (var i = 0; i < samples.Count; i++)
        {
            var name = samples[i].Name;
            if ((ours[i] == theirs[i]) == Known.ContainsKey(name))
                differences.AppendLine().AppendLine(name).AppendLine(ours[i]).AppendLine(theirs[i]);
        }

        Assert.True(differences.Length == 0, "Not as explained:" + differences);
    }

    private static async Task<List<string>> FetchAsync(int port, IReadOnlyList<(string Name, byte[] Octets)> samples)
    {
        await using var client = await ImapTestClient.LogInAsync(port);
        foreach (var (name, octets) in samples)
        {
            await client.SendAsync(FormattableString.Invariant($"b append INBOX {{{octets.Length}+}}\r\n"));
            await client.SendAsync(octets);
            await client.SendAsync("\r\n");
            var reply = (await client.ReadToTagAsync("b"))[^1];
            Assert.True(reply.StartsWith("b OK", StringComparison.Ordinal), $"{name}: {reply}");
        }

        await client.RunAsync("c select INBOX");
        return [.. (await client.RunAsync("d fetch 1:* (RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE)")).Where(l => l.Contains(" FETCH (", StringComparison.Ordinal))];
    }
}
