using System.Text.Encodings.Web;
using System.Text.Json;

namespace MailOps.Client.Migration;

/// <summary>A file with a line for each message that was copied, found or refused, as JSON. Lines are whole: another process may add to it as well.</summary>
public sealed class MessageLog : IAsyncDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly FileStream _file;

    /// <summary>Opens a file to be added to; it is made if it is not there, for the user alone.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public MessageLog(string path, TimeProvider clock)
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            (_clock, _file) = (clock, new FileStream(path, options));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The log {path} cannot be written: {e.Message} Give -LogPath a file in a folder that is there.", e);
        }
    }

    /// <summary>Adds a line.</summary>
    /// <param name="message">The message.</param>
    /// <param name="batch">The batch; null outside of one.</param>
    /// <param name="user">Whose message it is in the batch.</param>
    public void Add(CopiedMessage message, string? batch = null, string? user = null)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", _clock.GetUtcNow());
            if (batch is not null)
            {
                json.WriteString("batch", batch);
                json.WriteString("user", user);
            }

            json.WriteString("result", message.Result);
            json.WriteString("folder", message.Folder);
            json.WriteString("id", message.Id);
            json.WriteString("target", message.Target);
            json.WriteString("targetId", message.TargetId);
            json.WriteNumber("size", message.Size);
            if (message.Reason is not null)
                json.WriteString("reason", message.Reason);
            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        lock (_gate)
            _file.Write(line.GetBuffer().AsSpan(0, (int)line.Length));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
