using System.Globalization;
using System.Text;

namespace MailOps.Client.Migration.Files;

/// <summary>
/// What files of one message have no place for: flags, and when the message arrived. A line for each in <c>.mailops-messages</c> beside them, written before the
/// file has its name; of several for one file the last counts.
/// </summary>
internal sealed class EmlNotes
{
    private const string FileName = ".mailops-messages";
    private const string Format = "mailops-messages 1 ";

    private readonly string _path;
    private readonly Dictionary<string, (string Flags, DateTimeOffset? Arrived)> _notes = new(StringComparer.Ordinal);

    private EmlNotes(string path) => _path = path;

    /// <summary>What another directory of the same name would have another one of; empty if there are no notes.</summary>
    public string Epoch { get; private set; } = "";

    /// <summary>Reads the notes of a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="isMade">True to begin them if there are none.</param>
    public static EmlNotes Open(string directory, bool isMade)
    {
        var notes = new EmlNotes(Path.Join(directory, FileName));
        if (!File.Exists(notes._path))
        {
            if (!isMade)
                return notes;
            // All of it or nothing: what is there is not begun again.
            var unfinished = $"{notes._path}.{Guid.NewGuid():N}";
            File.WriteAllText(unfinished, $"{Format}{Guid.NewGuid():N}\n");
            try
            {
                File.Move(unfinished, notes._path, overwrite: false);
            }
            catch (IOException) when (File.Exists(notes._path))
            {
                File.Delete(unfinished);
            }
        }

        notes.Read();
        return notes;
    }

    /// <summary>What is noted of a file; no flags and no date if nothing is.</summary>
    public (string Flags, DateTimeOffset? Arrived) this[string name] => _notes.TryGetValue(name, out var note) ? note : ("", null);

    /// <summary>True for a file of which something is noted, or was.</summary>
    public bool Has(string name) => _notes.ContainsKey(name);

    /// <summary>Notes what is known of files, durably.</summary>
    public void Add(IReadOnlyList<(string Name, string Flags, DateTimeOffset? Arrived)> notes)
    {
        var text = new StringBuilder();
        foreach (var (name, flags, arrived) in notes)
        {
            _notes[name] = (flags, arrived);
            text.Append(CultureInfo.InvariantCulture, $"{name}\t{flags}\t{arrived?.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)}\n");
        }

        using var file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        // A line that was half written when a process was killed is ended.
        file.Write(Encoding.UTF8.GetBytes($"\n{text}"));
        file.Flush(flushToDisk: true);
    }

    private void Read()
    {
        foreach (var line in File.ReadLines(_path))
        {
            var fields = line.Split('\t');
            if (line.StartsWith(Format, StringComparison.Ordinal))
                Epoch = line[Format.Length..];
            else if (fields.Length == 3)
                _notes[fields[0]] = (fields[1], DateTimeOffset.TryParse(fields[2], CultureInfo.InvariantCulture, out var arrived) ? arrived : null);
        }

        if (Epoch.Length == 0)
            throw new IOException($"{_path} is damaged: its first line is not '{Format}' and an id. It holds flags and dates: delete it to go on without.");
    }
}
