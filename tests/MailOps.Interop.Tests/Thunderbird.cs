using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MailOps.Tests.Support;

namespace MailOps.Interop.Tests;

/// <summary>
/// Thunderbird without a window, with a profile of its own. It is driven as its own tests drive it: by Marionette, a socket on which it takes
/// scripts that see all of the program (messages are a length in decimal, a colon, and JSON).
/// </summary>
internal sealed class Thunderbird : IAsyncDisposable
{
    private readonly PrivateFolder _home = new();
    private readonly TcpClient _client = new();
    private PeerProcess? _process;
    private NetworkStream? _stream;
    private int _lastId;

    /// <summary>Starts one; skips the test where there is none.</summary>
    public static async Task<Thunderbird> StartAsync()
    {
        var program = Peers.Require("thunderbird", "thunderbird");
        var thunderbird = new Thunderbird();
        try
        {
            await thunderbird.BeginAsync(program, FreePort.Next());
            return thunderbird;
        }
        catch
        {
            await thunderbird.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the body of an asynchronous function with <c>MailServices</c> in reach.</summary>
    /// <param name="body">The script. What it throws fails the test.</param>
    /// <param name="arguments">What it finds as <c>arguments</c>.</param>
    /// <returns>What it returns.</returns>
    public async Task<JsonElement> RunAsync(string body, params object[] arguments)
    {
        var script = $$"""
            const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
            const done = arguments[arguments.length - 1];
            (async function() { {{body}} }).apply(null, arguments).then(value => done({ value }), error => done({ error: String(error) }));
            """;
        var said = (await AskAsync("WebDriver:ExecuteAsyncScript", new { script, args = arguments, scriptTimeout = 60_000 })).GetProperty("value");
        return said.TryGetProperty("value", out var value) ? value : throw new InvalidOperationException($"Thunderbird said: {said}. {_process!.Output}");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_process is not null)
            await _process.DisposeAsync();
        _home.Dispose();
    }

    private async Task BeginAsync(string program, int port)
    {
        _home.Write("user.js", string.Create(CultureInfo.InvariantCulture, $"""
            user_pref("marionette.port", {port});
            user_pref("app.update.enabled", false);
            user_pref("datareporting.policy.dataSubmissionEnabled", false);
            user_pref("network.proxy.type", 0);
            user_pref("mail.provider.suppress_dialog_on_startup", true);
            user_pref("mailnews.start_page.enabled", false);
            user_pref("mail.biff.show_alert", false);

            """));
        _process = await PeerProcess.StartAsync("/usr/bin/env", ["HOME=" + _home.Path, program, "--headless", "--no-remote", "--marionette", "--remote-allow-system-access", "--profile", _home.Path], port);
        await _client.ConnectAsync(IPAddress.Loopback, port);
        _stream = _client.GetStream();
        await TakeAsync();
        await AskAsync("WebDriver:NewSession", new { });
        await AskAsync("Marionette:SetContext", new { value = "chrome" });
    }

    // [0, id, command, parameters] is answered by [1, id, error, result].
    private async Task<JsonElement> AskAsync(string command, object parameters)
    {
        var json = JsonSerializer.Serialize(new object[] { 0, ++_lastId, command, parameters });
        await _stream!.WriteAsync(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(json)}:{json}")));
        var answer = await TakeAsync();
        return answer[2].ValueKind is JsonValueKind.Null ? answer[3] : throw new InvalidOperationException($"Thunderbird refused {command}: {answer[2]}");
    }

    private async Task<JsonElement> TakeAsync()
    {
        var length = 0;
        var digit = new byte[1];
        while (true)
        {
            await _stream!.ReadExactlyAsync(digit);
            if (digit[0] == (byte)':')
                break;
            length = (length * 10) + digit[0] - '0';
        }

        var json = new byte[length];
        await _stream.ReadExactlyAsync(json);
        return JsonSerializer.Deserialize<JsonElement>(json);
    }
}
