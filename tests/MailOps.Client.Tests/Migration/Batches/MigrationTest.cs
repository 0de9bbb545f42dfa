using System.Net;
using System.Runtime.CompilerServices;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;
using MailOps.Client.Migration.Maildirs;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration.Batches;

/// <summary>What tests of batches have in common: a store, mailboxes in Maildirs, and workers.</summary>
public abstract class MigrationTest : MailboxCopyTest
{
    private protected static readonly MigrationSettings Plain = new();

    private protected Task<MigrationStore> OpenStoreAsync(string? store = null) => MigrationStore.OpenAsync(store ?? Folder.Of("migrations.db"), user: null, password: null, isMade: true, Cancel);

    private protected MailboxLocation Source(string user) => MailboxLocation.Parse($"maildir:{Folder.Of($"from-{user}")}");

    private protected MailboxLocation Target(string user) => MailboxLocation.Parse($"maildir:{Folder.Of($"to-{user}")}");

    private protected async Task FillAsync(string user, params string[] subjects)
    {
        await using var end = await OpenAsync(Source(user));
        await AddAsync(end, [.. subjects.Select(subject => Message(subject))]);
    }

    private protected static Task<MaildirMailboxEnd> OpenAsync(MailboxLocation location) => MaildirMailboxEnd.OpenAsync($"{location}", location.Path!, isMade: true, Cancel);

    private protected static async Task<int> CountAsync(MailboxLocation location)
    {
        await using var end = await OpenAsync(location);
        return (await end.ListAsync(Cancel)).Sum(folder => folder.Messages ?? 0);
    }

    private protected Task AddAsync(MigrationStore store, MigrationSettings settings, params string[] users) =>
        store.AddAsync("school", settings, [.. users.Select(user => (user, Source(user), Target(user)))], isAdded: false, Cancel);

    private protected MigrationWorkerOptions Options(Func<MigrationWorkerOptions, MigrationWorkerOptions>? with = null)
    {
        var options = new MigrationWorkerOptions
        {
            Login = (_, _) => Task.FromResult(new MigrationLogin(new NetworkCredential("john", "summersun"), Tokens: null)),
            Folders = settings => path => settings.Include.Contains("*") || settings.Include.Contains(path),
            EndsWhenIdle = true,
            WorkPath = Folder.Of("work"),
            Warn = WarnAsync,
        };
        return with?.Invoke(options) ?? options;
    }

    private protected Task WorkAsync(MigrationStore store, Func<MigrationWorkerOptions, MigrationWorkerOptions>? with = null) =>
        new MigrationWorker(store, Options(with), TimeProvider.System).RunAsync(Cancel).WaitAsync(TimeSpan.FromMinutes(2), Cancel);

    private protected static async Task<MigrationUser> UserAsync(MigrationStore store, string user) => (await store.UsersAsync("school", Cancel)).Single(one => one.Identity == user);

    private protected static async Task<MigrationBatch> BatchAsync(MigrationStore store) => (await store.BatchesAsync(Cancel)).Single(batch => batch.Name == "school");

    private protected static Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Waiting.UntilAsync(condition, () => $"Never came: {what}");
}
