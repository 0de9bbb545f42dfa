using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>An IMAP session with another program's server, whose answers are read as the grammar has them. Octets are Latin-1 characters here.</summary>
internal sealed class ImapTalk(Stream toServer, Stream fromServer, IDisposable owned) : IAsyncDisposable
{
    private readonly BufferedStream _input = new(fromServer);
    private int _tag;

    /// <summary>Connects to a server on loopback and logs in.</summary>
    internal static async Task<ImapTalk> LoginAsync(int port, string account, string password = "x")
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, port);
        var talk = new ImapTalk(client.GetStream(), client.GetStream(), client);
        await talk.ReadResponseAsync();
        await talk.AskAsync($"LOGIN {account} {password}");
        return talk;
    }

    public async ValueTask DisposeAsync()
    {
        await _input.DisposeAsync();
        await toServer.DisposeAsync();
        owned.Dispose();
    }

    /// <summary>Reads the greeting.</summary>
    internal Task<string> GreetingAsync() => ReadResponseAsync();

    /// <summary>Sends a command; anything but OK is an error.</summary>
    internal async Task<ImapAnswer> AskAsync(string command)
    {
        var answer = await TryAsync(command);
        return answer.Status == "OK" ? answer : throw new IOException($"The server answers '{command}' with '{answer.Status} {answer.Text}'.");
    }

    /// <summary>Sends a command and reads until its tagged answer.</summary>
    internal async Task<ImapAnswer> TryAsync(string command)
    {
        var tag = await SendAsync(command);
        return await ReadAnswerAsync(tag);
    }

    /// <summary>Sends a command without waiting for its answer.</summary>
    internal async Task<string> SendAsync(string command)
    {
        var tag = string.Create(CultureInfo.InvariantCulture, $"t{++_tag}");
        await SendLineAsync($"{tag} {command}");
        return tag;
    }

    internal async Task SendLineAsync(string line)
    {
        await toServer.WriteAsync(Encoding.Latin1.GetBytes(line + "\r\n"));
        await toServer.FlushAsync();
    }

    internal async Task<ImapAnswer> ReadAnswerAsync(string tag)
    {
        var untagged = new List<IReadOnlyList<object>>();
        var told = new List<string>();
        while (true)
        {
            var response = await ReadResponseAsync();
            if (response.StartsWith(tag + " ", StringComparison.Ordinal))
            {
                var parts = response.Split(' ', 3);
                return new ImapAnswer(parts[1], parts.Length > 2 ? parts[2] : "", untagged, told);
            }

            if (response[0] == '+')
                continue;
            if (response[2..].Split(' ')[0] is "OK" or "NO" or "BAD" or "BYE")
                told.Add(response[2..]);
            else
                untagged.Add(new ImapTokens(response[2..]).Read());
        }
    }

    /// <summary>One response with the literals in it, without the line's end.</summary>
    internal async Task<string> ReadResponseAsync()
    {
        var text = new StringBuilder();
        while (true)
        {
            var line = await ReadLineAsync();
            text.Append(line);
            var literal = ImapTokens.LiteralAtEnd(line);
            if (literal < 0)
                return text.ToString();
            var octets = new byte[literal];
            await _input.ReadExactlyAsync(octets);
            text.Append("\r\n").Append(Encoding.Latin1.GetString(octets));
        }
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (true)
        {
            if (await _input.ReadAsync(one) == 0)
                throw new IOException($"The server closed the connection in '{line}'.");
            if (one[0] == '\n')
                return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }
    }
}
