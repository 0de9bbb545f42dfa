using System.Text;
using MailKit;

namespace MailOps.Client.Mailboxes;

/// <summary>Keeps the last line that the server said while it is listened to, in all steps but those that read messages: the library's exceptions drop the server's own words.</summary>
internal sealed class LastReply : IProtocolLogger
{
    private const int LongestLine = 1024;
    private readonly StringBuilder _line = new();
    private string _last = "";
    private bool _isListening;

    /// <inheritdoc/>
    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <summary>The refusal in the server's words, with its code and without an IMAP tag; null if the last line was none.</summary>
    public string? Refusal
    {
        get
        {
            if (_last.StartsWith("-ERR", StringComparison.OrdinalIgnoreCase))
                return _last;
            var untagged = _last[(_last.IndexOf(' ', StringComparison.Ordinal) + 1)..];
            return untagged.StartsWith("NO ", StringComparison.OrdinalIgnoreCase) || untagged.StartsWith("BAD ", StringComparison.OrdinalIgnoreCase) ? untagged : null;
        }
    }

    /// <summary>Listens from here on, until <see cref="Stop"/>: messages are none of its business.</summary>
    public void Start()
    {
        Stop();
        _isListening = true;
    }

    /// <summary>Ends the listening, and forgets what was heard.</summary>
    public void Stop()
    {
        _isListening = false;
        _line.Clear();
        _last = "";
    }

    /// <inheritdoc/>
    public void LogServer(byte[] buffer, int offset, int count)
    {
        if (!_isListening)
            return;

        foreach (var octet in buffer.AsSpan(offset, count))
        {
            if (octet == (byte)'\n')
            {
                _last = _line.ToString();
                _line.Clear();
            }
            else if (octet is >= 0x20 and < 0x7F && _line.Length < LongestLine)
            {
                _line.Append((char)octet);
            }
        }
    }

    /// <inheritdoc/>
    public void LogConnect(Uri uri)
    {
    }

    /// <inheritdoc/>
    public void LogClient(byte[] buffer, int offset, int count)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
