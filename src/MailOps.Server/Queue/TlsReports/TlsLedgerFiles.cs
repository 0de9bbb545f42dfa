using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MailOps.Maildir;

namespace MailOps.Server.Queue.TlsReports;

/// <summary>The days in a folder that is for its owner alone: <c>2026-11-29.json</c> has what was seen, <c>2026-11-29.sent</c> which reports went out.</summary>
internal sealed class TlsLedgerFiles
{
    private const string Extension = ".json";
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    private readonly string _folder;
    private readonly Action<Exception> _fault;

    /// <summary>Makes the folder if it is not there.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="fault">Is told of what should not happen.</param>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be made.</exception>
    public TlsLedgerFiles(string folder, Action<Exception> fault)
    {
        (_folder, _fault) = (folder, fault);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, Owner | UnixFileMode.UserExecute);
        // What a process left that was killed while it wrote: nobody else writes here.
        foreach (var left in Directory.GetFiles(folder, "*.tmp"))
            File.Delete(left);
    }

    /// <summary>Every day that is kept and can be read.</summary>
    public IReadOnlyList<TlsDay> Load()
    {
        var days = new List<TlsDay>();
        foreach (var path in Directory.GetFiles(_folder, "*" + Extension))
        {
            try
            {
                var day = JsonSerializer.Deserialize<TlsDay>(File.ReadAllBytes(path), Json);
                if (day is not null && Path.GetFileName(path) == NameOf(day.Date) + Extension && day.Key.All(char.IsAsciiLetterOrDigit))
                    days.Add(day);
                else
                    SetAside(path, "it is not of its day");
            }
            catch (JsonException e)
            {
                SetAside(path, e.Message);
            }
        }

        return days;
    }

    /// <summary>A day as it is written.</summary>
    public static byte[] Octets(TlsDay day) => JsonSerializer.SerializeToUtf8Bytes(day, Json);

    /// <summary>Writes a day, whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public async Task WriteAsync(DateOnly date, byte[] octets)
    {
        var path = Path.Join(_folder, NameOf(date) + Extension);
        var temporary = path + ".tmp";
        await using (var file = Create(temporary, FileMode.Create))
        {
            await file.WriteAsync(octets);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>The log of what was sent of a day.</summary>
    public TlsSentLog SentOf(DateOnly date) => new(Path.Join(_folder, NameOf(date) + ".sent"));

    /// <summary>Forgets a day.</summary>
    public void Remove(DateOnly date)
    {
        // The counts first: what is left of a day without them is nothing.
        File.Delete(Path.Join(_folder, NameOf(date) + Extension));
        File.Delete(Path.Join(_folder, NameOf(date) + ".sent"));
    }

    /// <summary>A file that its owner alone can read.</summary>
    internal static FileStream Create(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = Owner;
        return new FileStream(path, options);
    }

    private static string NameOf(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private void SetAside(string path, string problem)
    {
        File.Move(path, path + ".damaged", overwrite: true);
        _fault(new MailStoreException(StoreFault.Broken, $"The counts of TLS in '{path}' cannot be read ({problem}). The day is counted anew; the file was put to '{path}.damaged', and can be deleted."));
    }
}
