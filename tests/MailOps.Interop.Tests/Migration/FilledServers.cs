using System.Collections.Concurrent;
using MailOps.Client.Migration;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Migration;

/// <summary>A server of each kind, with everything in its mailbox that it takes. Filled once for all tests that only read.</summary>
public sealed class FilledServers : IAsyncLifetime
{
    /// <summary>Folders by the names of their levels.</summary>
    private static readonly string[][] Folders =
    [
        ["Sent"], ["Entwürfe"], ["深い", "フォルダ"], ["Ελληνικά"], ["Русский", "Папка"], ["עברית"], ["العربية"], ["हिन्दी"], ["한국어"], ["ไทย"], ["😀"],
        ["a+b"], ["a & b"], ["&-"], ["a/b"], ["c\\d"], ["e.f"], ["g^h"], [" leading"], ["trailing "], ["INBOX", "INBOX"], ["INBOX", "below"], ["quote \" here"], ["100%"], ["st*r"], ["~tilde"], ["#hash"],
        ["(brackets) {x} [y]"], ["Case"], ["case"], ["deep", "1", "2", "3", "4", "5"],
    ];

    // What cannot be put there, for other reasons than that no client can.
    private static readonly Dictionary<string, string[]> Refuses = new(StringComparer.Ordinal)
    {
        ["Dovecot"] = ["a/b", "~tilde"],
        // Where a NUL is Courier shows more than that, which Dovecot shows as something else again.
        ["Courier"] = ["a/b", "~tilde", "😀", "NUL"],
        ["Cyrus"] = ["lone LF", "c\\d", "g^h", "INBOX|INBOX", "quote \" here", "100%", "(brackets) {x} [y]", "NUL", "nothing"],
        ["MailOps"] = [],
    };

    private readonly ConcurrentDictionary<string, Lazy<Task<CopyServer>>> _servers = new(StringComparer.Ordinal);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values)
            await (await server.Value).DisposeAsync();
    }

    /// <summary>The server of a kind.</summary>
    internal Task<CopyServer> OfAsync(string kind) => _servers.GetOrAdd(kind, _ => new Lazy<Task<CopyServer>>(() => FillAsync(kind))).Value;

    private static async Task<CopyServer> FillAsync(string kind)
    {
        var server = await CopyServer.StartAsync(kind);
        var refused = new List<string>();
        await using var end = server.Open();
        _ = await end.ListAsync(CancellationToken.None);
        await AddAsync(end, "INBOX", NastyMessage.All, refused);
        foreach (var levels in Folders)
        {
            var path = string.Join('|', levels);
            try
            {
                var name = end.NameOf(levels);
                await end.CreateAsync(name, use: null, CancellationToken.None);
                await end.SubscribeAsync(name, CancellationToken.None);
                await AddAsync(end, name, [NastyMessage.In(path), NastyMessage.All[0]], refused);
            }
            catch (MailSessionException e) when (e.Fault is MailSessionFault.CommandRefused)
            {
                refused.Add(path);
            }
        }

        foreach (var (message, number) in NastyMessage.All.Where(message => message.IsFile).Select((message, number) => (message, number)))
        {
            if ((kind, message.Name) == ("Courier", "NUL") || !await server.PutAsync(number, message.Octets))
                refused.Add(message.Name);
        }

        Assert.Equal(Refuses[kind].Order(StringComparer.Ordinal), refused.Order(StringComparer.Ordinal));
        return server;
    }

    private static async Task AddAsync(IMailboxWriter end, string folder, IReadOnlyList<NastyMessage> messages, List<string> refused)
    {
        await using var opened = await end.OpenAsync(folder, CancellationToken.None);
        var added = messages.Where(message => !message.IsFile).ToList();
        var contents = added.Select(message => new MailContent(new MailEntry("", message.Octets.Length, message.Flags, message.Arrived), MessageSpool.Of(message.Octets), Refusal: null)).ToList();
        var result = await opened.AddAsync(contents, CancellationToken.None);
        Assert.Null(result.Hindrance);
        refused.AddRange(added.Where((_, i) => result.Outcomes[i]!.Value.Refusal is not null).Select(message => message.Name));
    }
}
