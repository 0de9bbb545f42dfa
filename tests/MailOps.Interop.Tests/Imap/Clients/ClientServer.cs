using System.Globalization;
using System.Text;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using MailKit.Security;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Imap;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using MimeKit;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>A server whose account's mailboxes a program works in, a home for that program, and a look at the mailboxes from the other side (MailKit).</summary>
internal sealed class ClientServer : IAsyncDisposable
{
    /// <summary>Whose mailboxes they are; the password is <see cref="Password"/>.</summary>
    public const string Account = "john@example.com";

    /// <summary>The account's password.</summary>
    public const string Password = "summersun";

    private readonly TestServer _server;

    private ClientServer(TestServer server)
    {
        _server = server;
        CertificateFile = Home.Write("server.pem", TestCertificate.Localhost.ExportCertificatePem());
    }

    /// <summary>The program's home; it goes with the server.</summary>
    public PrivateFolder Home { get; } = new();

    /// <summary>The server's certificate, which is for <c>localhost</c>, as PEM.</summary>
    public string CertificateFile { get; }

    /// <summary>The IMAP port that begins without TLS.</summary>
    public int Port => _server.Port(MailProtocol.Imap);

    /// <summary>The IMAP port under TLS.</summary>
    public int TlsPort => _server.Port(MailProtocol.Imap, TlsMode.Implicit);

    /// <summary>The SMTP port.</summary>
    public int SmtpPort => _server.Port(MailProtocol.Smtp);

    /// <summary>What happened so far.</summary>
    public IReadOnlyList<ServerEvent> Events => _server.Events;

    /// <summary>Starts the server; the account is made by its first login.</summary>
    public static async Task<ClientServer> StartAsync() =>
        new(await TestServer.StartAsync(options => options with { Certificate = TestCertificate.Localhost }));

    /// <summary>A message of <paramref name="size"/> octets at least, with CRLF line ends.</summary>
    public static byte[] Message(string subject, string text = "hello", int size = 0)
    {
        var message = new StringBuilder($"From: jane@example.com\r\nTo: {Account}\r\nSubject: {subject}\r\nDate: Sat, 28 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(subject))}@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n");
        for (var line = 0; message.Length < size; line++)
            message.Append(CultureInfo.InvariantCulture, $"{line:D8} ").Append('x', 67).Append("\r\n");
        return Encoding.UTF8.GetBytes(message.ToString());
    }

    /// <summary>Makes a mailbox, if it is not there, and appends messages to it.</summary>
    public async Task PutAsync(string mailbox, params IEnumerable<(string Subject, MessageFlags Flags)> messages)
    {
        using var client = await ConnectAsync();
        var folder = client.GetFolder(client.PersonalNamespaces[0]);
        foreach (var name in mailbox.Split('/'))
            folder = name == "INBOX" ? client.Inbox : (await folder.GetSubfoldersAsync()).FirstOrDefault(one => one.Name == name) ?? await folder.CreateAsync(name, isMessageFolder: true) ?? throw new InvalidOperationException(name);
        await folder.SubscribeAsync();
        await AppendAsync(folder, messages);
        await client.DisconnectAsync(quit: true);
    }

    /// <summary>Appends messages to a mailbox that is there.</summary>
    public static async Task AppendAsync(IMailFolder folder, IEnumerable<(string Subject, MessageFlags Flags)> messages)
    {
        var requests = new List<IAppendRequest>();
        foreach (var (subject, flags) in messages)
            requests.Add(new AppendRequest(await MimeMessage.LoadAsync(new MemoryStream(Message(subject, $"body of {subject}"))), flags));
        if (requests.Count > 0)
            await folder.AppendAsync(requests);
    }

    /// <summary>Sends a message to the account by SMTP.</summary>
    public async Task DeliverAsync(string subject)
    {
        using var client = new MailKit.Net.Smtp.SmtpClient();
        await client.ConnectAsync("127.0.0.1", SmtpPort, SecureSocketOptions.None);
        using var message = await MimeMessage.LoadAsync(new MemoryStream(Message(subject, $"body of {subject}")));
        await client.SendAsync(message);
        await client.DisconnectAsync(quit: true);
    }

    /// <summary>A client of its own, logged in.</summary>
    public async Task<ImapClient> ConnectAsync(TlsMode tls = TlsMode.StartTls, SecureSocketOptions options = SecureSocketOptions.None)
    {
        var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync("127.0.0.1", _server.Port(MailProtocol.Imap, tls), options);
        await client.AuthenticateAsync(Account, Password);
        return client;
    }

    /// <summary>Does something in a mailbox, by another client.</summary>
    public async Task DoAsync(string mailbox, Func<IMailFolder, Task> action)
    {
        using var client = await ConnectAsync();
        var folder = await client.GetFolderAsync(mailbox);
        await folder.OpenAsync(FolderAccess.ReadWrite);
        await action(folder);
        await client.DisconnectAsync(quit: true);
    }

    /// <summary>Every mailbox by its name, in their order.</summary>
    public async Task<string[]> MailboxesAsync()
    {
        using var client = await ConnectAsync();
        var folders = await client.GetFoldersAsync(client.PersonalNamespaces[0]);
        return [.. folders.Select(folder => folder.FullName).Order(StringComparer.Ordinal)];
    }

    /// <summary>The messages of a mailbox by their numbers, each as its subject, system flags and keywords: <c>one \Flagged \Seen $Work</c>.</summary>
    public async Task<string[]> ShownAsync(string mailbox)
    {
        string[] shown = [];
        await DoAsync(mailbox, async folder => shown = [.. (await folder.FetchAsync(0, -1, MessageSummaryItems.Envelope | MessageSummaryItems.Flags)).Select(Show)]);
        return shown;
    }

    /// <summary>The octets of the only message in a mailbox with a word in its subject.</summary>
    public async Task<byte[]> OctetsAsync(string mailbox, string subject)
    {
        using var copy = new MemoryStream();
        await DoAsync(mailbox, async folder =>
        {
            await using var stream = await folder.GetStreamAsync(Assert.Single(await folder.SearchAsync(SearchQuery.SubjectContains(subject))));
            await stream.CopyToAsync(copy);
        });
        return copy.ToArray();
    }

    /// <summary>Runs a program in its home to its end.</summary>
    public Task<PeerOutput> RunAsync(string program, IEnumerable<string> arguments, string? input = null) =>
        PeerCommand.RunAsync(program, arguments, input, Environment);

    /// <summary>Runs a program on a terminal, which script gives it, to its end.</summary>
    /// <param name="command">A line for the shell.</param>
    public Task<PeerOutput> RunOnTerminalAsync(string command) =>
        RunAsync("/usr/bin/script", ["-qec", command, "/dev/null"]);

    /// <summary>Checks that no session ended by a fault of the server's.</summary>
    public void NothingFaulted() => Assert.Empty(Events.OfType<SessionFaulted>());

    /// <summary>Checks that the program used TLS; those who look from the other side do not.</summary>
    public void CameByTls() => Assert.Contains(Events, happened => happened is TlsEstablished);

    /// <summary>How often a command came.</summary>
    public int Count(string command) => Events.OfType<CommandReceived>().Count(happened => string.Equals(happened.Command, command, StringComparison.OrdinalIgnoreCase));

    /// <summary>Waits until a command came.</summary>
    public Task WaitForAsync(string command) => _server.WaitForAsync<CommandReceived>(happened => string.Equals(happened.Command, command, StringComparison.OrdinalIgnoreCase));

    /// <summary>A client that says what it is told, octet by octet.</summary>
    public Task<ImapTestClient> TalkAsync() => ImapTestClient.LogInAsync(Port);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Home.Dispose();
    }

    private IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["HOME"] = Home.Path,
        ["LC_ALL"] = "C.UTF-8",
        ["TERM"] = "xterm",
        ["COLUMNS"] = "80",
        ["LINES"] = "24",
        ["MAILRC"] = "/dev/null",
    };

    private static string Show(IMessageSummary summary)
    {
        var flags = summary.Flags!.Value & ~MessageFlags.Recent;
        var words = Enum.GetValues<MessageFlags>().Where(flag => flag is not (MessageFlags.None or MessageFlags.UserDefined) && flags.HasFlag(flag)).Select(flag => "\\" + flag).Concat(summary.Keywords);
        return string.Join(' ', [summary.Envelope!.Subject, .. words.Order(StringComparer.Ordinal)]);
    }
}
