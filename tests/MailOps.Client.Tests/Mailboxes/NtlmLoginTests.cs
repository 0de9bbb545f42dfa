using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Tests.Support;
using MailOps.Wire;
using Org.BouncyCastle.Crypto.Digests;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>Logins by NTLM at a server that checks the proof (MS-NLMP section 3.3.2, NTLMv2).</summary>
public class NtlmLoginTests
{
    private static readonly byte[] Challenge = [1, 2, 3, 4, 5, 6, 7, 8];

    [Theory]
    [InlineData("CORP\\john", "summersun", true)]
    [InlineData("john", "summersun", true)]
    [InlineData("CORP\\john", "winterrain", false)]
    public async Task A_password_is_proved_and_not_sent(string user, string password, bool isRight)
    {
        await using var peer = ScriptedPeer.Start(ServeAsync);
        var options = Options(peer) with { Credential = new NetworkCredential(user, password), AuthMechanism = "ntlm" };
        if (isRight)
        {
            await using var mailbox = await Pop3Mailbox.OpenAsync(options, TimeProvider.System, default);
            Assert.Equal("NTLM", mailbox.AuthMechanism);
        }
        else
        {
            var error = await Assert.ThrowsAsync<MailSessionException>(() => Pop3Mailbox.OpenAsync(options, TimeProvider.System, default));
            Assert.Equal(MailSessionFault.AuthenticationFailed, error.Fault);
            Assert.Equal($"localhost refused the login of {user} with NTLM: -ERR [AUTH] wrong", error.Message);
        }

        Assert.Null(peer.Failure);
        Assert.DoesNotContain(password, peer.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_goes_nowhere_unless_it_is_named_offered_and_has_a_password()
    {
        await using var peer = ScriptedPeer.Start(ServeAsync);
        var unnamed = await Assert.ThrowsAsync<MailSessionException>(() => Pop3Mailbox.OpenAsync(Options(peer) with { AuthMechanism = "PLAIN" }, TimeProvider.System, default));
        Assert.Equal(MailSessionFault.AuthenticationFailed, unnamed.Fault);
        Assert.DoesNotContain("AUTH NTLM", peer.Received, StringComparison.Ordinal);
        var nobody = await Assert.ThrowsAsync<MailSessionException>(() => Pop3Mailbox.OpenAsync(Options(peer) with { AuthMechanism = "NTLM", Credential = null }, TimeProvider.System, default));
        Assert.Equal("NTLM needs a name and a password for localhost: give a credential.", nobody.Message);
        await using var plain = ScriptedPeer.Play("S: +OK ready\nC:\nS: +OK\nS: SASL PLAIN\nS: .");
        var missing = await Assert.ThrowsAsync<MailSessionException>(() => Pop3Mailbox.OpenAsync(Options(plain) with { AuthMechanism = "NTLM" }, TimeProvider.System, default));
        Assert.Equal("localhost does not offer NTLM on this connection, but PLAIN.", missing.Message);
    }

    [Theory]
    [InlineData("CORP\\john", "summersun", true)]
    [InlineData("john", "winterrain", false)]
    public async Task Over_SMTP_too(string user, string password, bool isRight)
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("220 mx");
            while (await server.HearLineAsync() is { } line)
            {
                if (line.StartsWith("EHLO", StringComparison.Ordinal))
                {
                    await server.SayAsync("250-mx\r\n250 AUTH NTLM PLAIN");
                }
                else if (line.StartsWith("AUTH NTLM ", StringComparison.Ordinal))
                {
                    await server.SayAsync("334 " + Convert.ToBase64String(ChallengeMessage()));
                    await server.SayAsync(IsProof(Convert.FromBase64String(await server.HearLineAsync() ?? "")) ? "235 ok" : "535 wrong");
                }
                else
                {
                    await server.SayAsync("221 bye");
                }
            }
        });
        await using var session = new MailSession(MailProtocol.Smtp, Options(peer) with { Credential = new NetworkCredential(user, password), AuthMechanism = "ntlm" }, TimeProvider.System);
        if (isRight)
        {
            await session.ConnectAsync(default);
            Assert.Equal("NTLM", session.AuthMechanism);
        }
        else
        {
            var error = await Assert.ThrowsAsync<MailSessionException>(() => session.ConnectAsync(default));
            Assert.Equal($"localhost refused the login of {user} with NTLM: 535 wrong", error.Message);
        }

        Assert.Null(peer.Failure);
        Assert.DoesNotContain(password, peer.Received, StringComparison.Ordinal);
    }

    private static async Task ServeAsync(ScriptedPeer.Conversation server)
    {
        await server.SayAsync("+OK ready");
        while (await server.HearLineAsync() is { } line)
        {
            if (line == "CAPA")
            {
                await server.SendAsync("+OK\r\nSASL NTLM PLAIN\r\nUIDL\r\n.\r\n");
            }
            else if (line.StartsWith("AUTH NTLM", StringComparison.Ordinal))
            {
                if (line.Split(' ').Length < 3)
                {
                    await server.SayAsync("+ ");
                    await server.HearLineAsync();
                }

                await server.SayAsync("+ " + Convert.ToBase64String(ChallengeMessage()));
                await server.SayAsync(IsProof(Convert.FromBase64String(await server.HearLineAsync() ?? "")) ? "+OK" : "-ERR [AUTH] wrong");
            }
            else
            {
                await server.SayAsync(line == "STAT" ? "+OK 0 0" : line.StartsWith("AUTH", StringComparison.Ordinal) ? "-ERR [AUTH] no" : "+OK");
            }
        }
    }

    // Section 2.2.1.2: Unicode, NTLM, a target and what is known of it.
    private static byte[] ChallengeMessage()
    {
        byte[] name = Encoding.Unicode.GetBytes("CORP");
        byte[] about = [2, 0, (byte)name.Length, 0, .. name, 1, 0, (byte)name.Length, 0, .. name, 0, 0, 0, 0];
        var message = new byte[48 + name.Length + about.Length];
        Encoding.ASCII.GetBytes("NTLMSSP\0").CopyTo(message, 0);
        message[8] = 2;
        Field(message, 12, name.Length, 48);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(20), 0x0088_8205);
        Challenge.CopyTo(message, 24);
        Field(message, 40, about.Length, 48 + name.Length);
        name.CopyTo(message, 48);
        about.CopyTo(message, 48 + name.Length);
        return message;
    }

    private static bool IsProof(byte[] message)
    {
        var (response, domain, user) = (Field(message, 20), Field(message, 28), Encoding.Unicode.GetString(Field(message, 36)));
        var digest = new MD4Digest();
        var password = Encoding.Unicode.GetBytes("summersun");
        digest.BlockUpdate(password, 0, password.Length);
        byte[] hash = new byte[16];
        digest.DoFinal(hash, 0);
        var key = HMACMD5.HashData(hash, (byte[])[.. Encoding.Unicode.GetBytes(user.ToUpperInvariant()), .. domain]);
        return user == "john" && HMACMD5.HashData(key, (byte[])[.. Challenge, .. response.AsSpan(16)]).AsSpan().SequenceEqual(response.AsSpan(0, 16));
    }

    private static byte[] Field(byte[] message, int at) =>
        message[BinaryPrimitives.ReadInt32LittleEndian(message.AsSpan(at + 4))..][..BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(at))];

    private static void Field(byte[] message, int at, int length, int offset)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(at), (ushort)length);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(at + 2), (ushort)length);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(at + 4), offset);
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
