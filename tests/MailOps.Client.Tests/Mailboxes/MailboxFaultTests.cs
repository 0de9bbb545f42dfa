using System.Net;
using MailOps.Client.Mailboxes;
using MailOps.Client.Tests.Mailboxes.Pop3;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>POP3 and IMAP servers that are silent, gone, or something else.</summary>
public class MailboxFaultTests
{
    [Fact]
    public async Task A_POP3_session_sends_what_the_textbook_has()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("+OK ready");
            while (await server.HearLineAsync() is { } line)
            {
                await server.SendAsync(line.Split(' ')[0] switch
                {
                    "CAPA" => "-ERR what?\r\n",
                    "STAT" => "+OK 1 11\r\n",
                    "LIST" => "+OK\r\n1 11\r\n.\r\n",
                    "UIDL" => line.Contains(' ', StringComparison.Ordinal) ? "+OK 1 abc\r\n" : "+OK\r\n1 abc\r\n.\r\n",
                    "RETR" => "+OK\r\nA: b\r\n\r\n..x\r\n.\r\n",
                    _ => "+OK\r\n",
                });
            }
        });
        await using var mailbox = await Pop3Mailbox.OpenAsync(Options(peer), TimeProvider.System, default);
        var message = Assert.Single(await mailbox.ReadAsync(null, headersOnly: true, null).ToListAsync());
        mailbox.Delete(message.Number);
        await mailbox.CommitAsync(default);

        Assert.Equal("abc", message.Uidl);
        Assert.Equal("b", Assert.Single(message.Headers).Value);
        Assert.Contains("USER john\r\nPASS summersun\r\n", peer.Received, StringComparison.Ordinal);
        Assert.EndsWith("RETR 1\r\nDELE 1\r\nQUIT\r\n", peer.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_namespaces_has_no_place_for_a_new_folder()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("* OK [CAPABILITY IMAP4rev1 NAMESPACE] ready");
            while (await server.HearLineAsync() is { } line)
            {
                if (line.EndsWith("NAMESPACE", StringComparison.Ordinal))
                    await server.SayAsync("* NAMESPACE NIL NIL NIL");
                else if (line.Contains(" LIST ", StringComparison.Ordinal) && line.Contains("INBOX", StringComparison.Ordinal))
                    await server.SayAsync("* LIST () \"/\" INBOX");
                await server.SayAsync(line.Split(' ')[0] + " OK done");
            }
        });
        await using var account = await ImapAccount.OpenAsync(Options(peer), TimeProvider.System, default);
        var error = await FailAsync(MailSessionFault.CommandRefused, () => account.CreateAsync("New", use: null, subscribe: false, default));
        Assert.Contains("tells of no namespace", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("CREATE", peer.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("220 mx.example.com ESMTP\r\n", MailSessionFault.ProtocolViolation)]
    [InlineData("", MailSessionFault.ConnectionLost)]
    public async Task A_greeting_that_is_not_the_protocol(string greeting, MailSessionFault fault)
    {
        await using var peer = ScriptedPeer.Start(server => server.SendAsync(greeting));
        await FailAsync(fault, () => Pop3Mailbox.OpenAsync(Options(peer), TimeProvider.System, default));
        await FailAsync(fault, () => ImapMailbox.OpenAsync(Options(peer), "INBOX", TimeProvider.System, default));
    }

    [Fact]
    public async Task A_refused_login_tells_what_the_server_said()
    {
        await using var pop3 = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("+OK ready");
            while (await server.HearLineAsync() is { } line)
            {
                await server.SendAsync(line.Split(' ')[0] switch
                {
                    "CAPA" => "-ERR what?\r\n",
                    "PASS" => "-ERR [IN-USE] locked by another session of summersun\r\n",
                    _ => "+OK\r\n",
                });
            }
        });
        await using var imap = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("* OK [CAPABILITY IMAP4rev1] ready");
            while (await server.HearLineAsync() is { } line)
            {
                var tag = line.Split(' ')[0];
                await server.SendAsync(line.Contains("LOGIN", StringComparison.Ordinal) ? tag + " NO [EXPIRED] Your password has expired\r\n" : tag + " OK done\r\n");
            }
        });

        var overPop3 = await FailAsync(MailSessionFault.MailboxInUse, () => Pop3Mailbox.OpenAsync(Options(pop3), TimeProvider.System, default));
        Assert.Equal("localhost refused the login of john: -ERR [IN-USE] locked by another session of [hidden]. The mailbox is open in another session: try again when that is over.", overPop3.Message);
        var overImap = await FailAsync(MailSessionFault.AuthenticationFailed, () => ImapMailbox.OpenAsync(Options(imap), "INBOX", TimeProvider.System, default));
        Assert.Equal("localhost refused the login of john: NO [EXPIRED] Your password has expired", overImap.Message);
    }

    [Fact]
    public async Task A_server_that_never_greets()
    {
        await using var peer = ScriptedPeer.Start(server => server.HangAsync());
        var error = await FailAsync(MailSessionFault.TimedOut, () => ImapMailbox.OpenAsync(Options(peer) with { Timeout = TimeSpan.FromMilliseconds(200) }, "INBOX", TimeProvider.System, default));
        Assert.Equal("localhost did not greet within 0.2 seconds. If the port expects TLS at once, connect with implicit TLS.", error.Message);
    }

    [Fact]
    public async Task STARTTLS_that_is_not_offered_is_never_passed_over()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("+OK ready");
            while (await server.HearLineAsync() is { } line)
                await server.SendAsync(line == "CAPA" ? "+OK\r\nUSER\r\n.\r\n" : "-ERR what?\r\n");
        });
        await FailAsync(MailSessionFault.TlsNotOffered, () => Pop3Mailbox.OpenAsync(Options(peer) with { Tls = TlsMode.StartTls }, TimeProvider.System, default));
        Assert.DoesNotContain("PASS", peer.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_leaves_in_the_middle_of_a_message()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("+OK ready");
            while (await server.HearLineAsync() is { } line)
            {
                switch (line.Split(' ')[0])
                {
                    case "STAT":
                        await server.SayAsync("+OK 1 11");
                        break;
                    case "LIST":
                        await server.SendAsync("+OK\r\n1 11\r\n.\r\n");
                        break;
                    case "RETR":
                        await server.SendAsync("+OK\r\nA: b\r\n");
                        return;
                    default:
                        await server.SayAsync(line is "CAPA" or "UIDL" or "UIDL 1" ? "-ERR what?" : "+OK");
                        break;
                }
            }
        });
        await using var mailbox = await Pop3Mailbox.OpenAsync(Options(peer), TimeProvider.System, default);
        await FailAsync(MailSessionFault.ConnectionLost, () => mailbox.ReadAsync(null, headersOnly: false, null).ToListAsync().AsTask());
    }

    [Fact]
    public async Task Unique_ids_that_the_server_does_not_have_are_an_error_where_they_are_needed()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("+OK ready");
            while (await server.HearLineAsync() is { } line)
                await server.SayAsync(line == "STAT" ? "+OK 1 11" : line is "CAPA" or "UIDL" or "UIDL 1" ? "-ERR what?" : "+OK");
        });
        await using var mailbox = await Pop3Mailbox.OpenAsync(Options(peer), TimeProvider.System, default);
        await FailAsync(MailSessionFault.CommandRefused, () => mailbox.ReadAsync(["x"], headersOnly: false, null).ToListAsync().AsTask());
    }

    private static async Task<MailSessionException> FailAsync<T>(MailSessionFault fault, Func<Task<T>> act)
    {
        var error = await Assert.ThrowsAsync<MailSessionException>(act);
        Assert.True(fault == error.Fault, error.ToString());
        return error;
    }

    private static MailboxOptions Options(ScriptedPeer peer) => new()
    {
        Server = "localhost",
        Port = peer.Port,
        Tls = TlsMode.None,
        Credential = new NetworkCredential("john", "summersun"),
        Timeout = TimeSpan.FromSeconds(10),
    };
}
