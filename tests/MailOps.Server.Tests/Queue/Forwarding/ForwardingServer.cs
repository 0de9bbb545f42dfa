using MailOps.Server.Hosting;
using MailOps.Server.Queue;
using MailOps.Server.Smtp;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Queue.Forwarding;

/// <summary>A server with aliases, and a next server that gets what they lead elsewhere.</summary>
internal sealed class ForwardingServer : IAsyncDisposable
{
    private ForwardingServer(TestServer server, NextServer next) => (Server, Next) = (server, next);

    public TestServer Server { get; }

    public NextServer Next { get; }

    /// <summary>Starts it for example.com and example.net, with the accounts ann and bob.</summary>
    /// <param name="aliases">The file of aliases.</param>
    /// <param name="configure">Other options.</param>
    public static async Task<ForwardingServer> StartAsync(string aliases, Func<MailServerOptions, MailServerOptions>? configure = null)
    {
        var next = new NextServer();
        return new ForwardingServer(await TestServer.StartAsync(options =>
        {
            Directory.CreateDirectory(options.StorePath);
            File.WriteAllText(Path.Combine(options.StorePath, "users"), "ann@example.com:{PLAIN}secret\nbob@example.com:{PLAIN}secret\n");
            File.WriteAllText(Path.Combine(options.StorePath, "aliases"), aliases);
            options = options with
            {
                Capture = false,
                Domains = ["example.com", "example.net"],
                Outbound = new OutboundOptions { Enabled = true, SmartHost = next.Target },
                Authentication = options.Authentication with { AllowPlaintextLogin = true },
                Smtp = options.Smtp with { Login = LoginRule.Offered },
            };
            return configure?.Invoke(options) ?? options;
        }), next);
    }

    /// <summary>A client that has said hello, and over submission has logged in as ann.</summary>
    public async Task<LineClient> GreetAsync(MailProtocol protocol)
    {
        var client = await Server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        await client.AskAsync(protocol is MailProtocol.Lmtp ? "LHLO a" : "EHLO a");
        if (protocol is MailProtocol.Submission)
            Assert.StartsWith("235 ", await client.AskAsync($"AUTH PLAIN {Convert.ToBase64String("\0ann@example.com\0secret"u8)}"), StringComparison.Ordinal);
        return client;
    }

    /// <summary>Sends a message.</summary>
    /// <returns>The first answer to its end.</returns>
    public static async Task<string> SendAsync(LineClient client, string message, params string[] lines)
    {
        foreach (var line in lines)
        {
            var reply = await client.AskAsync(line);
            Assert.True(reply!.StartsWith("250 ", StringComparison.Ordinal), $"{line}: {reply}");
        }

        Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
        return (await client.AskAsync(message + "."))!;
    }

    /// <summary>Sends a message over a connection of its own.</summary>
    public async Task<string> SendAsync(MailProtocol protocol, string message, params string[] lines)
    {
        await using var client = await GreetAsync(protocol);
        return await SendAsync(client, message, lines);
    }

    /// <summary>The messages in a mailbox, in the order in which they came.</summary>
    public string[] Inbox(string account) => [.. Server.InboxFiles(account).Select(File.ReadAllText)];

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Next.DisposeAsync();
    }
}
