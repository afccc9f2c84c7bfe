using System.Globalization;
using System.Text;

namespace RemoteSigning.Authorization.Codes;

/// <summary>Commands and replies (RFC 5321, 4.2) on one stream. Of a reply only its number is ever told.</summary>
internal sealed class SmtpDialog(Stream stream, CancellationToken cancel)
{
    /// <summary>RFC 5321, 4.5.3.1.5 allows 512 for a line.</summary>
    private const int LineMaximum = 1024;

    private const int LinesMaximum = 100;

    private readonly byte[] _buffer = new byte[4096];
    private readonly HashSet<string> _capabilities = new(StringComparer.OrdinalIgnoreCase);
    private int _start;
    private int _end;

    /// <summary>EHLO; remembers what the server can do.</summary>
    public async Task GreetAsync()
    {
        _capabilities.Clear();
        await WriteAsync("EHLO [127.0.0.1]");
        foreach (string line in await ExpectAsync("EHLO", 250))
        {
            string[] words = line.Split([' ', '='], StringSplitOptions.RemoveEmptyEntries);
            _capabilities.UnionWith(words is ["AUTH", ..] ? words[1..].Select(w => "AUTH " + w) : words.Take(1));
        }
    }

    /// <summary>Returns when the next byte is that of the handshake.</summary>
    public async Task StartTlsAsync()
    {
        if (!_capabilities.Contains("STARTTLS"))
        {
            throw new DeliveryException("the mail server offers no STARTTLS");
        }

        await SendAsync("STARTTLS", "STARTTLS", 220);
        if (_start < _end)
        {
            // Whoever sits on the line could have put it there, to be taken for the server's own words after the handshake.
            throw new DeliveryException("the mail server said something between STARTTLS and the handshake");
        }
    }

    /// <summary>AUTH PLAIN (RFC 4616), or LOGIN where the server knows nothing better.</summary>
    public async Task AuthenticateAsync(string user, string password)
    {
        if (_capabilities.Contains("AUTH PLAIN"))
        {
            await SendAsync("AUTH", "AUTH PLAIN " + Base64($"\0{user}\0{password}"), 235);
        }
        else if (_capabilities.Contains("AUTH LOGIN"))
        {
            await SendAsync("AUTH", "AUTH LOGIN", 334);
            await SendAsync("AUTH", Base64(user), 334);
            await SendAsync("AUTH", Base64(password), 235);
        }
        else
        {
            throw new DeliveryException("the mail server offers neither AUTH PLAIN nor AUTH LOGIN");
        }
    }

    /// <param name="step">The command's name, for the log.</param>
    /// <exception cref="DeliveryException">The reply is another one.</exception>
    public async Task SendAsync(string step, string line, params int[] replies)
    {
        await WriteAsync(line);
        await ExpectAsync(step, replies);
    }

    public async Task WriteAsync(string line) => await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), cancel);

    /// <summary>The lines of the next reply without their numbers.</summary>
    /// <exception cref="DeliveryException">It has another number, or is no reply.</exception>
    public async Task<IReadOnlyList<string>> ExpectAsync(string step, params int[] replies)
    {
        var lines = new List<string>();
        while (true)
        {
            string line = await ReadLineAsync(step);
            if (line.Length < 3 || !int.TryParse(line[..3], NumberStyles.None, CultureInfo.InvariantCulture, out int number) || lines.Count == LinesMaximum)
            {
                throw new DeliveryException($"the mail server's answer to {step} is no reply");
            }

            if (!replies.Contains(number))
            {
                throw new DeliveryException($"the mail server answered {step} with {number}");
            }

            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length == 3 || line[3] == ' ')
            {
                return lines;
            }
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private async Task<string> ReadLineAsync(string step)
    {
        var line = new StringBuilder();
        while (line.Length <= LineMaximum)
        {
            if (_start == _end)
            {
                (_start, _end) = (0, await stream.ReadAsync(_buffer, cancel));
                if (_end == 0)
                {
                    throw new DeliveryException($"the mail server hung up at {step}");
                }
            }

            char next = (char)_buffer[_start++];
            if (next == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append(next);
        }

        throw new DeliveryException($"the mail server's answer to {step} is too long");
    }
}
