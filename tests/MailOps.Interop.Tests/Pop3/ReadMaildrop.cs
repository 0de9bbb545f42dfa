using System.Text;
using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Pop3;

/// <summary>A server with a maildrop of two messages, of which a program reads one octet by octet and deletes the other.</summary>
internal static class ReadMaildrop
{
    /// <summary>Whose it is; the password is <see cref="Password"/>.</summary>
    public const string Account = "john@example.com";

    /// <summary>The account's password.</summary>
    public const string Password = "summersun";

    /// <summary>What is read. What a line of dots, octets above 127, white space and empty lines at the end are made into, shows in the copy.</summary>
    public const string Odd = "From: ann@example.org\nTo: john@example.com\nSubject: odd\nDate: Sat, 28 Nov 2026 10:00:00 +0000\nMessage-ID: <odd@example.org>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n.\n..two\n.text\n grüße \t\nlast\n\n\n";

    /// <summary>What is deleted.</summary>
    public const string Plain = "From: ann@example.org\nTo: john@example.com\nSubject: plain\nDate: Sat, 28 Nov 2026 11:00:00 +0000\nMessage-ID: <plain@example.org>\n\nto be deleted\n";

    /// <summary>How programs come: without TLS, with STLS, and under TLS from the start.</summary>
    public static TheoryData<string> Ways => ["plain", "STLS", "implicit"];

    /// <summary>Starts the server with both messages, <see cref="Odd"/> first.</summary>
    public static async Task<TestServer> StartAsync()
    {
        var server = await TestServer.StartAsync(options => options with { Certificate = TestCertificate.Localhost });
        var inbox = Path.Combine(server.StorePath, "mail", "example.com", "john");
        foreach (var part in new[] { "new", "cur", "tmp" })
            Directory.CreateDirectory(Path.Combine(inbox, part));
        await File.WriteAllTextAsync(Path.Combine(inbox, "new", "1800000000.M1P1.here"), Odd, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        await File.WriteAllTextAsync(Path.Combine(inbox, "new", "1800000000.M2P1.here"), Plain);
        return server;
    }

    /// <summary>Checks that the other is gone, once the program has gone, and that it came as it was to.</summary>
    public static async Task OnlyOddIsLeftAsync(TestServer server, string way)
    {
        var login = await server.WaitForAsync<LoginSucceeded>();
        Assert.Equal(Account, login.Account);
        await server.WaitForAsync<ConnectionClosed>();
        Assert.Equal(way != "plain", server.Events.Any(happened => happened is TlsEstablished));
        var left = Assert.Single(server.InboxFiles(Account));
        Assert.Equal(Odd, await File.ReadAllTextAsync(left));
        Assert.Empty(server.Events.OfType<SessionFaulted>());
    }
}
