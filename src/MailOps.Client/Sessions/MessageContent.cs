using System.Collections;
using System.Text;
using MailOps.Client.Mailboxes;
using MimeKit;

namespace MailOps.Client.Sessions;

/// <summary>A message's octets, whatever they were given as.</summary>
public sealed class MessageContent
{
    private readonly long _start;

    private MessageContent(Stream stream)
    {
        Stream = stream;
        _start = stream.CanSeek ? stream.Position : 0;
    }

    /// <summary>The octets, from where the stream stood when it was given.</summary>
    public Stream Stream { get; }

    /// <summary>Takes a message as text (sent as UTF-8), lines of text, bytes, a stream, a file, a message read from a mailbox, or a MimeMessage of this or any other copy of MimeKit.</summary>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    public static MessageContent From(object value)
    {
        switch (value)
        {
            case string text:
                return new MessageContent(new MemoryStream(Encoding.UTF8.GetBytes(text)));
            case byte[] octets:
                return new MessageContent(new MemoryStream(octets, writable: false));
            case Stream stream:
                return new MessageContent(stream);
            case FileInfo file:
                return new MessageContent(file.OpenRead());
            case MailboxItem item:
                return From(item.Raw ?? throw new ArgumentException("The message was read without its body. Read it whole to send or add it: Get-ImapMessage -Body, Get-Pop3Message without -HeadersOnly."));
            case object[] values when values.Length > 0 && Array.TrueForAll(values, v => v is byte):
                // What PowerShell makes of bytes that went through an expression.
                return From(values.Cast<byte>().ToArray());
            case IEnumerable lines and not IDictionary:
                return FromLines(lines);
        }

        if (value.GetType().FullName == "MimeKit.MimeMessage")
            return new MessageContent(Write(value));
        throw new ArgumentException($"A message cannot be made of {value.GetType().FullName}. Give text, bytes, a stream, a file or a MimeMessage.");
    }

    /// <summary>Makes a plain text message with a header.</summary>
    /// <param name="from">The sender's address, for From.</param>
    /// <param name="to">The recipients' addresses, for To.</param>
    /// <param name="subject">The subject, or null.</param>
    /// <param name="headers">Further fields; one that is made anyway is replaced.</param>
    /// <param name="body">The text.</param>
    public static MessageContent Compose(string from, IEnumerable<string> to, string? subject, IDictionary? headers, string body)
    {
        var message = new MimeMessage { Body = new TextPart("plain") { Text = body } };
        if (MailboxAddress.TryParse(Bare(from), out var sender))
            message.From.Add(sender);
        message.To.AddRange(to.Select(t => MailboxAddress.TryParse(Bare(t), out var recipient) ? recipient : null).OfType<MailboxAddress>());
        message.Subject = subject ?? "";
        message.MessageId = MimeKit.Utils.MimeUtils.GenerateMessageId(sender?.Domain is { Length: > 0 } domain ? domain : "localhost");
        foreach (DictionaryEntry field in headers ?? new Hashtable())
        {
            var name = field.Key.ToString()!;
            message.Headers.RemoveAll(name);
            foreach (var content in field.Value is IEnumerable many and not string ? many.Cast<object?>() : [field.Value])
                message.Headers.Add(name, content?.ToString() ?? "");
        }

        return new MessageContent(Write(message));
    }

    /// <summary>Goes back to the start, where the stream can: the same content may be sent more than once.</summary>
    internal Stream Rewound()
    {
        if (Stream.CanSeek)
            Stream.Position = _start;
        return Stream;
    }

    /// <summary>True unless it is known that all octets are ASCII.</summary>
    internal async Task<bool> MayHaveEightBitAsync(CancellationToken cancel)
    {
        if (!Stream.CanSeek)
            return true;

        Rewound();
        var chunk = new byte[32 * 1024];
        try
        {
            int read;
            while ((read = await Stream.ReadAsync(chunk, cancel).ConfigureAwait(false)) > 0)
            {
                if (!Ascii.IsValid(chunk.AsSpan(0, read)))
                    return true;
            }

            return false;
        }
        finally
        {
            Rewound();
        }
    }

    /// <summary>An address without the brackets around it.</summary>
    internal static string Bare(string path)
    {
        var text = path.Trim();
        return text is ['<', .., '>'] ? text[1..^1] : text;
    }

    private static MessageContent FromLines(IEnumerable lines)
    {
        var text = new StringBuilder();
        foreach (var line in lines)
            text.Append(line).Append("\r\n");
        return From(text.ToString());
    }

    // By name, since another module's MimeKit is another assembly with types of its own.
    private static MemoryStream Write(object message)
    {
        var write = message.GetType().GetMethod(nameof(MimeMessage.WriteTo), [typeof(Stream), typeof(CancellationToken)])
            ?? throw new ArgumentException($"This copy of MimeKit ({message.GetType().Assembly.GetName().Version}) has no WriteTo(Stream, CancellationToken).");
        var octets = new MemoryStream();
        write.Invoke(message, [octets, CancellationToken.None]);
        octets.Position = 0;
        return octets;
    }
}
