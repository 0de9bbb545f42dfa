using System.Text.RegularExpressions;
using MailOps.Maildir;
using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>An IMAP server on a real store, with john, jane and mary, who share mailboxes.</summary>
internal sealed partial class AclServer : IAsyncDisposable
{
    public const string Shared = "user/john@example.com/Shared";

    private readonly ImapServer _server;
    private int _tag;

    public AclServer(MaildirStoreOptions? options = null)
    {
        Store = new MaildirStore(Root, options ?? new MaildirStoreOptions { WatchInterval = TimeSpan.FromMilliseconds(50) });
        _server = new ImapServer(store: Store);
    }

    /// <summary>The store's directory.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("mailops-test-").FullName;

    public MaildirStore Store { get; }

    public int Port => _server.Port;

    /// <summary>The directory of a mailbox of john's.</summary>
    public string Of(string directory) => Path.Join(Root, "mail", "example.com", "john", directory);

    /// <summary>A server on which john has a mailbox Shared with these rights for jane, and one message in it.</summary>
    public static async Task<AclServer> WithSharedAsync(string rights)
    {
        var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, "create Shared");
        await server.OkAsync(john, "append Shared (\\Flagged) {12+}\r\nSubject: s\r\n");
        await server.OkAsync(john, $"setacl Shared jane@example.com \"{rights}\"");
        return server;
    }

    public Task<ImapTestClient> LogInAsync(string name) => ImapTestClient.LogInAsync(_server.Port, name + "@example.com");

    /// <summary>A client of jane's that selected the shared mailbox.</summary>
    public async Task<ImapTestClient> SelectAsync()
    {
        var jane = await LogInAsync("jane");
        await OkAsync(jane, $"select {Shared}");
        return jane;
    }

    /// <summary>What a command answers, which ends with OK.</summary>
    public async Task<List<string>> OkAsync(ImapTestClient client, string command) => Ok(await RunAsync(client, command));

    /// <summary>What a command answers. Names of accounts stand without quotes, and \Recent is left out.</summary>
    public async Task<List<string>> RunAsync(ImapTestClient client, string command)
    {
        var tag = FormattableString.Invariant($"t{Interlocked.Increment(ref _tag)}");
        return [.. (await client.RunAsync($"{tag} {command}")).Select(line => QuotedName().Replace(line, "${name}").Replace("\\Recent ", "", StringComparison.Ordinal).Replace("\\Recent", "", StringComparison.Ordinal))];
    }

    /// <summary>The words of a command's tagged answer.</summary>
    public async Task<string> EndAsync(ImapTestClient client, string command)
    {
        var last = (await RunAsync(client, command))[^1];
        return last[(last.IndexOf(' ', StringComparison.Ordinal) + 1)..];
    }

    /// <summary>The names that LIST or LSUB tells of, those that are no mailbox in brackets.</summary>
    public async Task<string> ListAsync(ImapTestClient client, string command = "list \"\" *")
    {
        var names = (await OkAsync(client, command)).Where(line => line.StartsWith("* L", StringComparison.Ordinal)).Select(line =>
        {
            var name = line[(line.IndexOf(" \"/\" ", StringComparison.Ordinal) + 5)..].Trim('"');
            return line.Contains("\\No", StringComparison.Ordinal) ? $"[{name}]" : name;
        });
        return string.Join(' ', names);
    }

    /// <summary>Holds that a command says the same of a mailbox as of one that is not there.</summary>
    public async Task HoldsSecretAsync(ImapTestClient client, string command, string secret)
    {
        var of = await RunAsync(client, string.Format(System.Globalization.CultureInfo.InvariantCulture, command, secret));
        var ofNone = await RunAsync(client, string.Format(System.Globalization.CultureInfo.InvariantCulture, command, secret + "X"));
        Assert.Equal(Plain(ofNone, secret + "X"), Plain(of, secret));

        // That a mailbox was left, and how long the command was, says nothing of the name.
        static IEnumerable<string> Plain(IEnumerable<string> lines, string name) => lines.Where(line => !line.StartsWith("* OK [CLOSED]", StringComparison.Ordinal)).Select(line =>
        {
            var text = line.Replace(name, "NAME", StringComparison.Ordinal);
            return text.StartsWith('t') ? text[text.IndexOf(' ', StringComparison.Ordinal)..] : text;
        });
    }

    [GeneratedRegex("\"(?<name>-?[^\" /]+@[^\" /]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex QuotedName();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await Store.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }
}
