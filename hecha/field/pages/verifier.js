// 抽签验证：不联网、不依赖浏览器的加密功能，任何浏览器打开文件即可用。
(function () {
  "use strict";
  var K = [], START = [];

  // 常数取自质数的平方根、立方根的小数部分（FIPS 180-4）
  (function () {
    function fraction(x) { return ((x - Math.floor(x)) * 4294967296) | 0; }
    for (var n = 2; K.length < 64; n++) {
      var prime = true;
      for (var d = 2; d * d <= n; d++) { if (n % d === 0) { prime = false; break; } }
      if (!prime) { continue; }
      if (START.length < 8) { START.push(fraction(Math.sqrt(n))); }
      K.push(fraction(Math.pow(n, 1 / 3)));
    }
  }());

  function rotate(x, n) { return (x >>> n) | (x << (32 - n)); }

  function sha256(text) {
    var bytes = [], i, j;
    for (i = 0; i < text.length; i++) {
      var code = text.charCodeAt(i);
      if (code > 126 || code < 32) { throw new Error("只能用半角字母、数字和符号：" + text); }
      bytes.push(code);
    }
    var bits = bytes.length * 8;
    bytes.push(128);
    while (bytes.length % 64 !== 56) { bytes.push(0); }
    for (i = 7; i >= 0; i--) { bytes.push(Math.floor(bits / Math.pow(2, 8 * i)) % 256); }
    var hash = START.slice(), w = [];
    for (i = 0; i < bytes.length; i += 64) {
      for (j = 0; j < 64; j++) {
        if (j < 16) {
          var at = i + 4 * j;
          w[j] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
        } else {
          var p = w[j - 15], q = w[j - 2];
          w[j] = (w[j - 16] + w[j - 7]
            + (rotate(p, 7) ^ rotate(p, 18) ^ (p >>> 3))
            + (rotate(q, 17) ^ rotate(q, 19) ^ (q >>> 10))) | 0;
        }
      }
      var a = hash[0], b = hash[1], c = hash[2], d = hash[3];
      var e = hash[4], f = hash[5], g = hash[6], h = hash[7];
      for (j = 0; j < 64; j++) {
        var one = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25))
          + ((e & f) ^ (~e & g)) + K[j] + w[j]) | 0;
        var two = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22))
          + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
      }
      var next = [a, b, c, d, e, f, g, h];
      for (j = 0; j < 8; j++) { hash[j] = (hash[j] + next[j]) | 0; }
    }
    var hex = "";
    for (j = 0; j < 8; j++) { hex += ("0000000" + (hash[j] >>> 0).toString(16)).slice(-8); }
    return hex;
  }

  function seedOf(dice, nonce) {
    return nonce ? sha256(dice + "|" + nonce).slice(0, 32) : dice;
  }

  function ticket(seed, stage, unit) { return sha256(seed + "|" + stage + "|" + unit); }

  function before(x, y) { return x < y ? -1 : x > y ? 1 : 0; }

  function sorted(seed, stage, units) {
    var rows = [];
    for (var i = 0; i < units.length; i++) {
      rows.push([ticket(seed, stage, units[i]), units[i]]);
    }
    return rows.sort(function (x, y) { return before(x[0], y[0]); });
  }

  function by(id) { return document.getElementById(id); }

  function typed(id) { return by(id).value.replace(/^\s+|\s+$/g, ""); }

  function unitsTyped() {
    var found = typed("units").split(/[\s,，;；]+/), seen = {}, units = [];
    for (var i = 0; i < found.length; i++) {
      if (found[i] && found[i] !== "unit" && !seen["u" + found[i]]) {
        seen["u" + found[i]] = true;
        units.push(found[i]);
      }
    }
    return units;
  }

  function compute() {
    var body = by("tickets"), say = by("said");
    while (body.firstChild) { body.removeChild(body.firstChild); }
    try {
      var seed = seedOf(typed("dice"), typed("nonce"));
      var rows = sorted(seed, typed("stage"), unitsTyped());
      by("seed").textContent = seed;
      by("digest").textContent = typed("nonce") ? sha256(typed("nonce")) : "（没有随机数）";
      for (var i = 0; i < rows.length; i++) {
        var line = body.insertRow(-1), cells = [String(i + 1), rows[i][1], rows[i][0]];
        for (var j = 0; j < cells.length; j++) { line.insertCell(-1).textContent = cells[j]; }
      }
      say.textContent = "共" + rows.length + "个单位，签号从小到大排列。";
    } catch (error) {
      say.textContent = error.message;
    }
  }

  // 本页证书的自查：承诺、种子、每张签号、镇内村序、村内户序
  function turn(village, avoid) {
    return (village.able ? 0 : 2) + (avoid && village.last_year ? 1 : 0);
  }

  function wrongVillages(paper) {
    var wrong = [], previous = null, place = 0;
    for (var i = 0; i < paper.villages.length; i++) {
      var v = paper.villages[i], avoid = paper.rule.avoid_last_year;
      var able = v.eligible >= paper.rule.households
        && v.disabled >= leastDisabled(paper);
      var same = previous !== null && previous.town === v.town;
      place = same ? place + 1 : 1;
      var later = !same || turn(previous, avoid) < turn(v, avoid)
        || (turn(previous, avoid) === turn(v, avoid) && previous.ticket < v.ticket);
      if (v.ticket !== ticket(paper.seed, "CUN", v.village) || v.able !== able || !later
          || v.order !== place || v.drawn !== (place <= paper.rule.villages)) {
        wrong.push(v.village);
      }
      previous = v;
    }
    return wrong;
  }

  // 规则没有写残疾人户数的证书，是每村至少1户
  function leastDisabled(paper) {
    return paper.rule.disabled === undefined ? 1 : paper.rule.disabled;
  }

  // 各户按“村代码>户编号”的签号排列
  function byOwnTicket(paper, homes) {
    var own = {}, i;
    for (i = 0; i < homes.length; i++) {
      own[homes[i].household] = ticket(paper.seed, "HU",
                                       homes[i].village + ">" + homes[i].household);
    }
    return homes.slice().sort(function (x, y) {
      return before(own[x.household], own[y.household]);
    });
  }

  function without(homes, gone) {
    return homes.filter(function (home) { return gone.indexOf(home) < 0; });
  }

  function isDisabled(home) { return home.disabled; }

  function byStratum(paper, ordered, wanted) {
    var chosen = [];
    paper.rule.strata.forEach(function (stratum) {
      chosen = chosen.concat(ordered.filter(function (home) {
        return home.stratum === stratum.name;
      }).slice(0, stratum.households));
    });
    return chosen.concat(byOwnTicket(paper, without(ordered, chosen))).slice(0, wanted);
  }

  function chosenOf(paper, ordered, wanted) {
    var least = leastDisabled(paper), chosen = ordered.slice(0, wanted);
    if (paper.rule.strata) { return byStratum(paper, ordered, wanted); }
    if (paper.rule.household_rule === "disabled_first") {
      var first = byOwnTicket(paper, ordered.filter(isDisabled)).slice(0, least);
      return first.concat(without(ordered, first)).slice(0, wanted);
    }
    var others = chosen.filter(function (home) { return !home.disabled; });
    var lacking = Math.min(Math.max(least - (chosen.length - others.length), 0), others.length);
    var standby = ordered.slice(wanted).filter(isDisabled).slice(0, lacking);
    return without(chosen, others.slice(others.length - standby.length)).concat(standby);
  }

  function wrongHouseholds(paper) {
    var homes = {}, wrong = [], i, village;
    for (i = 0; i < paper.households.length; i++) {
      var home = paper.households[i];
      (homes[home.village] = homes[home.village] || []).push(home);
      if (home.ticket !== ticket(paper.seed, "HU", home.household)) { wrong.push(home.household); }
    }
    for (village in homes) {
      if (!Object.prototype.hasOwnProperty.call(homes, village)) { continue; }
      var ordered = homes[village].slice().sort(function (x, y) {
        return before(x.ticket, y.ticket);
      });
      var wanted = paper.rule.more_households[village] || paper.rule.households;
      var chosen = chosenOf(paper, ordered, wanted), picked = 0;
      for (i = 0; i < homes[village].length; i++) {
        if (homes[village][i].choice === "正选") { picked += 1; }
      }
      for (i = 0; i < chosen.length; i++) {
        if (chosen[i].choice !== "正选" || chosen[i].order !== i + 1) {
          wrong.push(chosen[i].household);
        }
      }
      if (picked !== chosen.length) { wrong.push(village); }
    }
    return wrong;
  }

  function check() {
    var paper = JSON.parse(by("certificate").textContent), faults = [];
    try {
      if (paper.commitment.sha256 && sha256(paper.nonce) !== paper.commitment.sha256) {
        faults.push("随机数与承诺不符");
      }
      if (seedOf(paper.dice, paper.nonce) !== paper.seed) { faults.push("种子不符"); }
      faults = faults.concat(wrongVillages(paper));
      if (paper.households) { faults = faults.concat(wrongHouseholds(paper)); }
    } catch (error) {
      faults.push(error.message);
    }
    var count = paper.villages.length + (paper.households ? paper.households.length : 0);
    by("checked").textContent = faults.length
      ? "不一致，共" + faults.length + "处：" + faults.join("、")
      : "一致：承诺、种子、" + count + "张签号和抽签次序都与重新计算的结果相同。";
  }

  if (by("compute")) { by("compute").addEventListener("click", compute); }
  if (by("check")) { by("check").addEventListener("click", check); }
}());
