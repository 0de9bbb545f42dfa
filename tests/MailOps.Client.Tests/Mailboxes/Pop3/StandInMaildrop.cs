using System.Globalization;
using System.Net;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Tests.Support;
using MailOps.Wire;

namespace MailOps.Client.Tests.Mailboxes.Pop3;

/// <summary>A POP3 server with one maildrop for one session after the other, which can lack things and leave at any command. What was marked is deleted by QUIT alone.</summary>
internal sealed class StandInMaildrop : IAsyncDisposable
{
    private readonly ScriptedPeer _peer;
    private readonly List<Message> _messages = [];

    internal StandInMaildrop() => _peer = ScriptedPeer.Start(ServeAsync);

    internal sealed record Message(string Uidl, byte[] Octets);

    internal bool HasUidl { get; set; } = true;

    internal bool IsPipelining { get; set; } = true;

    /// <summary>What answers the password, instead of +OK.</summary>
    internal string? Refusal { get; set; }

    /// <summary>Gives the answer to a command line in the place of the server's own; "" closes the connection, null leaves it to the server.</summary>
    internal Func<string, string?>? Answer { get; set; }

    /// <summary>How many messages were sent.</summary>
    internal int Sent { get; private set; }

    /// <summary>The commands of all sessions.</summary>
    internal string Received => _peer.Received;

    internal MailboxOptions Options => new()
    {
        Server = "localhost",
        Port = _peer.Port,
        Tls = TlsMode.None,
        Credential = new NetworkCredential("john", "summersun"),
        Timeout = TimeSpan.FromSeconds(20),
    };

    internal IReadOnlyList<Message> Messages
    {
        get
        {
            lock (_messages)
                return [.. _messages];
        }
    }

    internal void Put(string uidl, string text)
    {
        lock (_messages)
            _messages.Add(new Message(uidl, Encoding.Latin1.GetBytes(text)));
    }

    internal void Renumber(Func<string, string> other)
    {
        lock (_messages)
        {
            for (var i = 0; i < _messages.Count; i++)
                _messages[i] = _messages[i] with { Uidl = other(_messages[i].Uidl) };
        }
    }

    internal void Clear()
    {
        lock (_messages)
            _messages.Clear();
    }

    public ValueTask DisposeAsync() => _peer.DisposeAsync();

    private async Task ServeAsync(ScriptedPeer.Conversation server)
    {
        var messages = Messages;
        var marked = new HashSet<int>();
        await server.SayAsync("+OK ready");
        while (await server.HearLineAsync() is { } line)
        {
            if (Answer?.Invoke(line) is { } answer)
            {
                if (answer.Length == 0)
                    return;
                await server.SendAsync(answer);
                continue;
            }

            var parts = line.Split(' ');
            var number = parts.Length > 1 && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var n) ? n : 0;
            switch (parts[0])
            {
                case "CAPA":
                    await server.SendAsync($"+OK\r\nUSER\r\nTOP\r\n{(HasUidl ? "UIDL\r\n" : "")}{(IsPipelining ? "PIPELINING\r\n" : "")}.\r\n");
                    break;
                case "PASS" when Refusal is { } refusal:
                    await server.SayAsync(refusal);
                    break;
                case "STAT":
                    await server.SayAsync($"+OK {messages.Count} {messages.Sum(one => one.Octets.Length)}");
                    break;
                case "LIST":
                    await server.SendAsync("+OK\r\n" + string.Concat(messages.Select((one, i) => $"{i + 1} {one.Octets.Length}\r\n")) + ".\r\n");
                    break;
                case "UIDL" when !HasUidl:
                    await server.SayAsync("-ERR what?");
                    break;
                case "UIDL":
                    await server.SendAsync("+OK\r\n" + string.Concat(messages.Select((one, i) => $"{i + 1} {one.Uidl}\r\n")) + ".\r\n");
                    break;
                case "RETR":
                case "TOP":
                    Sent++;
                    await server.SendAsync("+OK\r\n" + Stuffed(messages[number - 1].Octets, headOnly: parts[0] == "TOP") + ".\r\n");
                    break;
                case "DELE":
                    marked.Add(number);
                    await server.SayAsync("+OK");
                    break;
                case "QUIT":
                    lock (_messages)
                        _messages.RemoveAll(one => marked.Any(i => ReferenceEquals(messages[i - 1], one)));
                    await server.SayAsync("+OK bye");
                    return;
                default:
                    await server.SayAsync("+OK");
                    break;
            }
        }
    }

    private static string Stuffed(byte[] octets, bool headOnly)
    {
        var text = Encoding.Latin1.GetString(octets);
        if (headOnly)
            text = text[..(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)];
        return (text.StartsWith('.') ? "." : "") + text.Replace("\n.", "\n..", StringComparison.Ordinal) + (text.EndsWith('\n') ? "" : "\r\n");
    }
}
