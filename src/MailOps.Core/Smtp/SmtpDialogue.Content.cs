using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using MailOps.Transcripts;
using MailOps.Wire;

namespace MailOps.Smtp;

/// <content>DATA and the message.</content>
internal sealed partial class SmtpDialogue
{
    private const int ChunkSize = 16 * 1024;

    /// <summary>Octets of the last message as sent after DATA, what was added to it included.</summary>
    public long ContentLength { get; private set; }

    /// <summary>True once the end of the last message may have reached the server: what becomes of it without a reply, nobody here knows.</summary>
    public bool IsEndSent { get; private set; }

    /// <summary>Says DATA.</summary>
    /// <returns>354 if the message may be sent.</returns>
    public async Task<SmtpReply> DataAsync(CancellationToken cancel)
    {
        await SendLineAsync("DATA", cancel).ConfigureAwait(false);
        return await ReadReplyAsync("DATA", enhanced: true, _timeouts.DataStart, cancel).ConfigureAwait(false);
    }

    /// <summary>Sends a message after 354 and reads the verdict.</summary>
    /// <param name="message">Read from where it stands to its end.</param>
    /// <param name="asIs">True to leave line ends and leading dots as they are: only the final dot is added, after a line end if there is none.</param>
    /// <param name="cancel">Ends the wait; the server has then not seen the end, and delivers nothing.</param>
    /// <returns>The reply to the final dot, or an earlier one where the server gave up in the middle.</returns>
    public async Task<SmtpReply> SendContentAsync(Stream message, bool asIs, CancellationToken cancel)
    {
        var encoder = new SmtpContentEncoder(asIs);
        var chunk = new byte[ChunkSize];
        var kept = new MemoryStream();
        (ContentLength, IsEndSent) = (0, false);
        try
        {
            int read;
            while ((read = await message.ReadAsync(chunk, cancel).ConfigureAwait(false)) > 0)
            {
                var room = _wire.Output.GetMemory(SmtpContentEncoder.MaxLength(read));
                var written = encoder.Encode(chunk.AsSpan(0, read), room.Span);
                Keep(room.Span[..written]);
                _wire.Output.Advance(written);
                await FlushAsync(_timeouts.DataBlock, cancel).ConfigureAwait(false);
            }

            var end = encoder.End().ToArray();
            Keep(end);
            IsEndSent = true;
            _wire.Output.Write(end);
            await FlushAsync(_timeouts.DataBlock, cancel).ConfigureAwait(false);
        }
        catch (MailSessionException lost) when (lost.Fault == MailSessionFault.ConnectionLost)
        {
            // A server that gives up on a message may say why before it closes.
            Transcript.SentMessage(kept.GetBuffer().AsSpan(0, (int)kept.Length), ContentLength, Tls is not null);
            if (await TryReadLastWordAsync(cancel).ConfigureAwait(false) is { } lastWord)
                return lastWord;
            throw;
        }

        Transcript.SentMessage(kept.GetBuffer().AsSpan(0, (int)kept.Length), ContentLength, Tls is not null);
        return await ReadReplyAsync("the message", enhanced: true, _timeouts.DataEnd, cancel).ConfigureAwait(false);

        void Keep(ReadOnlySpan<byte> octets)
        {
            ContentLength += octets.Length;
            var room = Transcript.IsKept ? Transcript.MessageTextLimit - (int)kept.Length : 0;
            if (room > 0)
                kept.Write(octets[..Math.Min(room, octets.Length)]);
        }
    }

    /// <summary>Sends a message with BDAT (RFC 3030 section 2), its octets as they are. The first chunk that is refused ends it.</summary>
    /// <param name="message">Read from where it stands.</param>
    /// <param name="length">Its octets.</param>
    /// <param name="most">The octets of a chunk at the most; each has its reply before the next is sent.</param>
    /// <param name="cancel">Ends the wait; the server has then not seen the end, and delivers nothing.</param>
    /// <returns>The reply to the last chunk that was sent.</returns>
    /// <exception cref="EndOfStreamException">The message has fewer octets than was said.</exception>
    public async Task<SmtpReply> SendChunksAsync(Stream message, long length, long most, CancellationToken cancel)
    {
        (ContentLength, IsEndSent) = (0, false);
        while (true)
        {
            var size = Math.Min(most, length - ContentLength);
            var isLast = ContentLength + size == length;
            IsEndSent = isLast;
            var line = string.Create(CultureInfo.InvariantCulture, $"BDAT {size}{(isLast ? " LAST" : "")}");
            var reply = await SendChunkAsync(message, line, size, cancel).ConfigureAwait(false);
            if (isLast || !reply.IsPositive || IsClosing)
                return reply;
        }
    }

    private async Task<SmtpReply> SendChunkAsync(Stream message, string line, long size, CancellationToken cancel)
    {
        try
        {
            // One segment with the octets that follow, where they are few.
            Transcript.Sent(Line(line), Tls is not null);
            _wire.Output.Write(Line(line));
            for (var left = size; left > 0;)
            {
                var room = _wire.Output.GetMemory(ChunkSize);
                var read = await message.ReadAsync(room[..(int)Math.Min(left, Math.Min(room.Length, ChunkSize))], cancel).ConfigureAwait(false);
                if (read == 0)
                    throw new EndOfStreamException($"The message ended {left} octets before its end.");
                _wire.Output.Advance(read);
                (left, ContentLength) = (left - read, ContentLength + read);
                await FlushAsync(_timeouts.DataBlock, cancel).ConfigureAwait(false);
            }

            if (size == 0)
                await FlushAsync(_timeouts.DataBlock, cancel).ConfigureAwait(false);
            Transcript.SentMessage([], size, Tls is not null);
        }
        catch (MailSessionException lost) when (lost.Fault == MailSessionFault.ConnectionLost)
        {
            if (await TryReadLastWordAsync(cancel).ConfigureAwait(false) is { } lastWord)
                return lastWord;
            throw;
        }

        return await ReadReplyAsync("the message", enhanced: true, _timeouts.DataEnd, cancel).ConfigureAwait(false);
    }

    private async Task<SmtpReply?> TryReadLastWordAsync(CancellationToken cancel)
    {
        try
        {
            var reply = await ReadReplyAsync("the message", enhanced: true, _timeouts.Quit, cancel).ConfigureAwait(false);
            IsClosing = true;
            return reply;
        }
        catch (Exception e) when (e is MailSessionException or SocketException)
        {
            return null;
        }
    }
}
