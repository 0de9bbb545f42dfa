using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MailOps.Maildir;
using MailOps.Server.Imap;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>An IMAP server on a real Maildir, whose folders have mod-sequences.</summary>
internal sealed partial class ModSeqServer : IAsyncDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("mailops-test-").FullName;
    private MaildirStore _store;
    private ImapServer _server;

    public ModSeqServer(ImapOptions? options = null, bool allowPlaintext = true, TimeProvider? clock = null, bool secured = false)
    {
        _store = new MaildirStore(_path);
        _server = new ImapServer(allowPlaintext, options, _store, clock, secured);
    }

    public int Port => _server.Port;

    /// <summary>The Maildir of john's INBOX.</summary>
    public string Inbox => Path.Join(_path, "mail", "example.com", "john");

    /// <summary>As if the server ended, something happened to its Maildir, and another began.</summary>
    public async Task RestartAsync(Action meanwhile)
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
        meanwhile();
        _store = new MaildirStore(_path);
        _server = new ImapServer(store: _store);
    }

    /// <summary>Appends messages to john's INBOX, with UIDs from 1 on.</summary>
    public async Task DeliverAsync(int count, string flags = "")
    {
        await using var client = await LogInAsync();
        for (var i = 0; i < count; i++)
            Ok(await client.RunAsync($"a append INBOX ({flags}) {{12+}}\r\nSubject: s\r\n"));

        // \Recent is this one's.
        Ok(await client.RunAsync("s select INBOX"));
    }

    /// <summary>Delivers a message into john's INBOX, as SMTP and LMTP do.</summary>
    public async Task DeliverBySmtpAsync(string subject = "delivered")
    {
        await using var delivery = _store.BeginDelivery();
        delivery.Write(Encoding.ASCII.GetBytes($"Subject: {subject}\r\n\r\n"));
        await delivery.CommitAsync([new DeliveryTarget(ImapServer.John)], CancellationToken.None);
    }

    /// <summary>A client that has read the greeting.</summary>
    public Task<ImapTestClient> ConnectAsync() => _server.ConnectAsync();

    public Task<ImapTestClient> LogInAsync() => _server.LogInAsync();

    /// <summary>A client that logged in, ran the commands, and selected INBOX.</summary>
    public async Task<ImapTestClient> SelectAsync(params string[] before)
    {
        var client = await LogInAsync();
        foreach (var command in before)
            Ok(await client.RunAsync("b " + command));
        Ok(await client.RunAsync("s select INBOX"));
        return client;
    }

    /// <summary>The lines, if the last tells success.</summary>
    public static List<string> Ok(List<string> lines)
    {
        Assert.Matches("^[^ ]+ OK ", lines[^1]);
        return lines;
    }

    /// <summary>The HIGHESTMODSEQ that the lines tell; there must be one.</summary>
    public static ulong Highest(IEnumerable<string> lines) => Number(Assert.Single(lines, line => line.Contains("[HIGHESTMODSEQ ", StringComparison.Ordinal)), HighestPattern());

    /// <summary>The mod-sequence that a FETCH response tells.</summary>
    public static ulong ModSeq(string line) => Number(line, ModSeqPattern());

    /// <summary>Lines with an M in place of each mod-sequence.</summary>
    public static List<string> Masked(IEnumerable<string> lines) =>
        [.. lines.Select(line => HighestPattern().Replace(ModSeqPattern().Replace(line, "MODSEQ (M)"), "[HIGHESTMODSEQ M]"))];

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
        Directory.Delete(_path, recursive: true);
    }

    private static ulong Number(string line, Regex pattern)
    {
        var match = pattern.Match(line);
        Assert.True(match.Success, line);
        return ulong.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"\[HIGHESTMODSEQ (?<n>\d+)\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HighestPattern();

    [GeneratedRegex(@"MODSEQ \((?<n>\d+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ModSeqPattern();
}
