using System.Text;
using MailOps.Maildir;
using MailOps.Tests.Support;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>A Maildir that another program made or works in, for the test's own user.</summary>
internal sealed class OtherMaildir : IDisposable
{
    private readonly PrivateFolder _folder = new();

    internal string Path => _folder.Of("Maildir");

    internal string Of(string name) => _folder.Of(name);

    internal string Write(string name, string text)
    {
        var file = _folder.Write(name, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }

    /// <summary>Makes the directories of a Maildir by hand, for programs that make none.</summary>
    internal void Make(string below = "")
    {
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(System.IO.Path.Join(Path, below, part));
    }

    internal ValueTask<MaildirInPlace> OpenAsync(string below = "") => MaildirInPlace.OpenAsync(System.IO.Path.Join(Path, below), null, CancellationToken.None);

    /// <summary>The names of all message files, in order.</summary>
    internal List<string> Files(string below = "") =>
        [.. new[] { "cur", "new" }.SelectMany(part => Directory.GetFiles(System.IO.Path.Join(Path, below, part)).Select(file => part + "/" + System.IO.Path.GetFileName(file))).Order(StringComparer.Ordinal)];

    /// <summary>Each message as <c>UID subject flags</c>; what its file tells of its size is true.</summary>
    internal static async Task<List<string>> ShownAsync(IMailAccount account, string mailbox)
    {
        await using var view = (await account.OpenAsync(mailbox, readOnly: true, CancellationToken.None))!;
        var shown = new List<string>();
        foreach (var message in view.Messages)
        {
            var text = (await StoreFixture.ReadAsync(view, message))!;
            var subject = text.Split("\r\n").First(line => line.StartsWith("Subject: ", StringComparison.Ordinal))["Subject: ".Length..];
            shown.Add(System.FormattableString.Invariant($"{message.Uid} {subject} {StoreTaker.FlagsOf(message)}{(Encoding.UTF8.GetByteCount(text) == message.Size ? "" : $" size {message.Size} of {text.Length}")}"));
        }

        return shown;
    }

    /// <summary>Sets flags on the message with a subject.</summary>
    internal static async Task StoreAsync(IMailAccount account, string mailbox, string subject, params string[] flags)
    {
        await using var view = (await account.OpenAsync(mailbox, readOnly: false, CancellationToken.None))!;
        await view.StoreFlagsAsync([await FindAsync(view, subject)], FlagChange.Replace, StoreTaker.SetOf(flags), CancellationToken.None);
    }

    internal static async Task MoveAsync(IMailAccount account, string mailbox, string subject, string target)
    {
        await using var view = (await account.OpenAsync(mailbox, readOnly: false, CancellationToken.None))!;
        await view.MoveAsync([await FindAsync(view, subject)], target, CancellationToken.None);
    }

    internal static async Task RemoveAsync(IMailAccount account, string mailbox, string subject)
    {
        await using var view = (await account.OpenAsync(mailbox, readOnly: false, CancellationToken.None))!;
        await view.RemoveAsync([await FindAsync(view, subject)], CancellationToken.None);
    }

    internal static async Task AppendAsync(MaildirInPlace maildir, string mailbox, string subject, params string[] flags)
    {
        await using var delivery = maildir.BeginDelivery();
        delivery.Write(Encoding.ASCII.GetBytes($"From: a@example.org\r\nSubject: {subject}\r\n\r\nbody\r\n"));
        await maildir.Account.AppendAsync(mailbox, delivery, StoreTaker.SetOf(flags), null, CancellationToken.None);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<MailboxMessage> FindAsync(IMailbox view, string subject)
    {
        foreach (var message in view.Messages)
        {
            if ((await StoreFixture.ReadAsync(view, message))!.Contains($"Subject: {subject}\r\n", StringComparison.Ordinal))
                return message;
        }

        throw new InvalidOperationException($"There is no '{subject}' in {view.Name}.");
    }
}
