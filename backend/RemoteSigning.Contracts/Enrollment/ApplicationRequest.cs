using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Enrollment;

/// <summary>
/// <c>POST /enrollment/v1/applications</c> on the administration listener: registers a client of the CSC API; 201 with
/// an <see cref="ApplicationCreated"/>.
/// </summary>
/// <param name="Name">What it is called in lists and invoices; 1 to 100 characters, the first a letter or digit.</param>
/// <param name="OwnerName">Who answers for it and pays for it; written like <paramref name="Name"/>.</param>
public sealed record ApplicationRequest(
    [property: JsonRequired] string Name,
    [property: JsonRequired] string OwnerName,
    [property: JsonRequired] string OwnerEmail,
    ApplicationLimits? Limits = null);
