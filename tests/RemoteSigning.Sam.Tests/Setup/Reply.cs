using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>An answer of the SAM.</summary>
/// <param name="RequestId">The header <c>X-Request-Id</c>.</param>
internal sealed record Reply(HttpStatusCode Status, string Body, string? RequestId = null)
{
    /// <summary>The answer of a success.</summary>
    public T As<T>(JsonTypeInfo<T> type)
    {
        Assert.That((int)Status, Is.InRange(200, 299), Body);
        return JsonSerializer.Deserialize(Body, type)!; // Checked by the status: a success has a body.
    }

    public KeyPair KeyPair => As(SamJson.Default.KeyPair);

    public Signatures Signatures => As(SamJson.Default.Signatures);

    /// <summary>The document of a refusal.</summary>
    public ProblemDocument Problem
    {
        get
        {
            Assert.That((int)Status, Is.GreaterThanOrEqualTo(400), Body);
            return JsonSerializer.Deserialize(Body, SamJson.Default.ProblemDocument)!; // A refusal has a body.
        }
    }

    public void MustBe(HttpStatusCode status, string code) =>
        Assert.That((Status, Problem.Code), Is.EqualTo((status, code)), Body);
}
