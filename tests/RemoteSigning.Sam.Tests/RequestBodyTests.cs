using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;
using RemoteSigning.Hosting;
using RemoteSigning.Sam.Api;

namespace RemoteSigning.Sam.Tests;

public sealed class RequestBodyTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(16 * 1024)]
    [TestCase(100_003)]
    [TestCase((int)ServiceHost.MaximumBody)]
    public async Task Read_InPieces_GivesTheExactBytes(int length)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(length);

        using RequestBody body = await RequestBody.ReadAsync(Request(new Trickle(sent)), CancellationToken.None);

        Assert.That(body.Span.SequenceEqual(sent), Is.True);
    }

    [Test]
    public void Read_OneByteTooMuchWhereNobodyElseCounts_TooLarge()
    {
        HttpRequest request = Request(new Trickle(new byte[(int)ServiceHost.MaximumBody + 1]));

        BadHttpRequestException e = Assert.ThrowsAsync<BadHttpRequestException>(
            () => RequestBody.ReadAsync(request, CancellationToken.None))!; // The assertion gives it or fails.

        Assert.That(e.StatusCode, Is.EqualTo(StatusCodes.Status413PayloadTooLarge));
    }

    [Test]
    public async Task Dispose_Read_NothingOfItCanBeHadAnyMore()
    {
        RequestBody body = await RequestBody.ReadAsync(Request(new Trickle([1, 2, 3])), CancellationToken.None);

        body.Dispose();

        Assert.That(() => body.Span.Length, Throws.TypeOf<ObjectDisposedException>());
    }

    private static HttpRequest Request(Stream body) => new DefaultHttpContext { Request = { Body = body } }.Request;

    /// <summary>Gives at most 4,099 bytes at once, as a connection would.</summary>
    private sealed class Trickle(byte[] content) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 4099)], cancellationToken);
    }
}
