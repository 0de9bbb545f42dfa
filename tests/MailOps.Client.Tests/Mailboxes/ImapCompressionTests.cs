using System.IO.Compression;
using System.Net;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Wire;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Imap;
using MailOps.Client.Tests.Migration;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>COMPRESS=DEFLATE (RFC 4978) beside Dovecot, and with peers that do not know how.</summary>
public sealed class ImapCompressionTests : MailboxCopyTest
{
    private const string Deflating = "mail_plugins = zlib\nprotocol imap {\n  mail_plugins = zlib imap_zlib\n}\n";

    [Theory]
    [InlineData(TlsMode.None)]
    [InlineData(TlsMode.StartTls)]
    [InlineData(TlsMode.Implicit)]
    public async Task A_mailbox_is_copied_over_compressed_connections(TlsMode tls)
    {
        await using var dovecot = await PrivateDovecot.StartAsync(Deflating);
        await using var other = await PrivateDovecot.StartAsync(Deflating);
        await AddAsync(dovecot, "Sent", Message("big", 3_000_000), "\r\n", "Subject: no end of line");
        await AddAsync(dovecot, "INBOX", [.. Enumerable.Range(0, 1_200).Select(number => Message($"many {number}", number))]);
        await using var source = End(Compressed(dovecot, tls));
        await using var target = End(Compressed(other, tls));
        var result = await CopyAsync(source, target);
        Assert.Equal(("Completed", ""), (result.Status, ErrorsOf(result)));
        await AssertSameAsync(End(dovecot), End(other), result);
        Assert.Equal((0, 1_203), Counts(await CopyAsync(source, target)));
    }

    [Theory]
    [InlineData(ImapCompression.Always, Deflating, true)]
    [InlineData(ImapCompression.WhenSlow, Deflating, false)]
    [InlineData(ImapCompression.Never, Deflating, false)]
    [InlineData(ImapCompression.Always, "", false)]
    public async Task It_is_done_where_it_is_asked_for_and_offered(ImapCompression compression, string configuration, bool isCompressed)
    {
        await using var dovecot = await PrivateDovecot.StartAsync(configuration);
        await AddAsync(dovecot, "INBOX", [.. Enumerable.Range(0, 3).Select(number => Message($"{number}", 900_000))]);
        await using var lane = await LaneAsync(Options(dovecot.ImapPort) with { Compression = compression });
        await lane.ExamineAsync("INBOX", Cancel);
        for (var i = 0; i < 2; i++)
        {
            var read = 0;
            await foreach (var message in lane.ReadAsync(await lane.DescribeAsync([1, 2, 3], Cancel), Cancel))
            {
                read++;
                message.Dispose();
            }

            Assert.Equal(3, read);
        }

        Assert.Equal(isCompressed, lane.IsCompressed);
    }

    [Fact]
    public async Task What_comes_in_one_piece_with_the_answer_is_inflated()
    {
        await using var peer = Serve("OK", "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\nM2 OK done\r\n");
        await using var lane = await LaneAsync(Options(peer));
        Assert.Equal(("INBOX", 7u, 3), await lane.ExamineAsync("INBOX", Cancel) is var opened ? (opened.Name, opened.UidValidity, opened.Exists) : default);
        Assert.True(lane.IsCompressed);
    }

    [Fact]
    public async Task A_server_that_refuses_is_talked_to_without_it()
    {
        await using var peer = Serve("NO [COMPRESSIONACTIVE] not twice", "* 3 EXISTS\r\nM2 OK done\r\n");
        await using var lane = await LaneAsync(Options(peer));
        Assert.Equal(3, (await lane.ExamineAsync("INBOX", Cancel)).Exists);
        Assert.False(lane.IsCompressed);
    }

    [Fact]
    public async Task Octets_that_are_not_deflated_are_told()
    {
        await using var peer = Serve("OK", "* 3 EXISTS\r\nM2 OK done\r\n", octets => [0xff, 0xff, .. octets]);
        await using var lane = await LaneAsync(Options(peer));
        var error = await Assert.ThrowsAsync<MailSessionException>(() => lane.ExamineAsync("INBOX", Cancel));
        Assert.Equal(
            (MailSessionFault.ProtocolViolation, "localhost does not answer as IMAP has it: what it sends as compressed octets (COMPRESS=DEFLATE, RFC 4978) cannot be inflated. Do without compression."),
            (error.Fault, error.Message));
        Assert.Equal((false, true), (lane.IsUsable, lane.IsBadlyCompressed));
    }

    [Fact]
    public async Task Octets_that_end_in_the_middle_are_a_lost_connection()
    {
        await using var peer = Serve("OK", "* 3 EXISTS\r\nM2 OK done\r\n", octets => octets[..^12]);
        await using var lane = await LaneAsync(Options(peer));
        var error = await Assert.ThrowsAsync<MailSessionException>(() => lane.ExamineAsync("INBOX", Cancel));
        Assert.Equal((MailSessionFault.ConnectionLost, false), (error.Fault, lane.IsUsable));
    }

    [Theory]
    [InlineData(40, 3_000_000, 1.0, true)]
    [InlineData(40, 6_000_000, 1.0, false)]
    [InlineData(4, 3_000_000, 1.0, false)]
    [InlineData(40, 1_000_000, 9.0, false)]
    public void A_line_is_slow_that_is_long_and_carries_little(int roundTrip, long octets, double seconds, bool isSlow)
    {
        var meter = new LineMeter();
        meter.Carried(octets, TimeSpan.FromSeconds(seconds));
        Assert.False(meter.IsSlow);
        meter.Answered(TimeSpan.FromMilliseconds(roundTrip));
        meter.Answered(TimeSpan.FromSeconds(3));
        Assert.Equal(isSlow, meter.IsSlow);
    }

    [Fact]
    public void The_way_there_and_back_is_no_time_in_which_octets_are_carried()
    {
        var meter = new LineMeter();
        meter.Answered(TimeSpan.FromMilliseconds(600));
        meter.Sent(3_000_000, TimeSpan.FromSeconds(1));
        Assert.False(meter.IsSlow);
        meter.Sent(3_000_000, TimeSpan.FromSeconds(3));
        Assert.True(meter.IsSlow);
    }

    private static MailboxOptions Compressed(PrivateDovecot dovecot, TlsMode tls) =>
        Options(tls == TlsMode.Implicit ? dovecot.ImapTlsPort : dovecot.ImapPort) with { Tls = tls, SkipCertificateCheck = true, Compression = ImapCompression.Always };

    private static ImapMailboxEnd End(MailboxOptions options) => new($"imap://john@localhost:{options.Port}/", options, TimeProvider.System);

    private static MailboxOptions Options(ScriptedPeer peer) => new()
    {
        Server = "localhost",
        Port = peer.Port,
        Tls = TlsMode.None,
        Credential = new NetworkCredential("a", "b"),
        Compression = ImapCompression.Always,
        Timeout = TimeSpan.FromSeconds(20),
    };

    private static async Task<ImapLane> LaneAsync(MailboxOptions options) => ImapLane.Over(await ImapAccount.OpenAsync(options, TimeProvider.System, Cancel));

    // The answer to what comes next is in the same piece as that to COMPRESS.
    private static ScriptedPeer Serve(string answer, string said, Func<byte[], byte[]>? spoil = null) => ScriptedPeer.Start(async server =>
    {
        await server.SayAsync("* OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] ready");
        while (await server.HearLineAsync() is { } line)
        {
            var tag = line.Split(' ')[0];
            if (line.EndsWith("COMPRESS DEFLATE", StringComparison.Ordinal))
            {
                var octets = Encoding.Latin1.GetBytes(said);
                if (answer == "OK")
                    octets = Deflated(octets);
                await server.SendAsync([.. Encoding.Latin1.GetBytes($"{tag} {answer}\r\n"), .. spoil?.Invoke(octets) ?? octets]);
                if (spoil is not null)
                    return;
                await server.HearEndAsync();
                return;
            }

            if (line.Contains(" LIST ", StringComparison.Ordinal))
                await server.SayAsync("* LIST () \"/\" INBOX");
            await server.SayAsync($"{tag} OK done");
        }
    });

    private static byte[] Deflated(byte[] octets)
    {
        using var deflated = new MemoryStream();
        using (var deflating = new DeflateStream(deflated, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflating.Write(octets);
            deflating.Flush();
        }

        return deflated.ToArray();
    }
}
