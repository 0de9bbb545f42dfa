using System.Net;
using MailOps.Client.Migration.Batches;

namespace MailOps.JournalWorker;

/// <summary>A worker for the batches of a store, until nothing is left to do or until it is killed.</summary>
public static class MigrationLife
{
    /// <summary>Works.</summary>
    /// <param name="address">The store.</param>
    /// <param name="workPath">The folder for its journals.</param>
    /// <param name="password">The password of all accounts.</param>
    public static async Task RunAsync(string address, string workPath, string password)
    {
        await using var store = await MigrationStore.OpenAsync(address, user: null, password: null, isMade: false, CancellationToken.None);
        Console.WriteLine("open");
        await new MigrationWorker(
            store,
            new MigrationWorkerOptions
            {
                Login = (request, _) => Task.FromResult(new MigrationLogin(new NetworkCredential(request.Location.UserName, password), Tokens: null)),
                Folders = _ => _ => true,
                Mailboxes = 2,
                WorkPath = workPath,
                EndsWhenIdle = true,
                Warn = text =>
                {
                    Console.WriteLine($"warning {text}");
                    return ValueTask.CompletedTask;
                },
                Tell = user =>
                {
                    Console.WriteLine($"{user.Status} {user.Identity} {user.Error}");
                    return ValueTask.CompletedTask;
                },
            },
            TimeProvider.System).RunAsync(CancellationToken.None);
        Console.WriteLine("done");
    }
}
